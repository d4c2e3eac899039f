/** Before each file of tests of pages: they speak English, have learned everything that they say, and may be slow. */
import { learn } from './index.svelte'

if (typeof document !== 'undefined') {
  const { configure } = await import('@testing-library/svelte')
  configure({ asyncUtilTimeout: 30_000 })
  await learn('account', 'checkout', 'common', 'event', 'order', 'problem', 'seats', 'ticket')
}
