/** Before each file of tests of pages: they speak English, have learned everything that they say, and may be slow. */
import { learn } from './index.svelte'
import type { Area } from './messages'

if (typeof document !== 'undefined') {
  const { configure } = await import('@testing-library/svelte')
  configure({ asyncUtilTimeout: 30_000 })
  const catalogs = Object.keys(import.meta.glob('../messages/*/en.json'))
  await learn(...catalogs.map((path) => path.split('/').at(-2) as Area))
}
