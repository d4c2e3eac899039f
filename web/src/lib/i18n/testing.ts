/** Before each file of tests of pages: they speak English, and have learned everything that they say. */
import { learn } from './index.svelte'

if (typeof document !== 'undefined') {
  await learn('account', 'checkout', 'common', 'event', 'order', 'problem', 'seats', 'ticket')
}
