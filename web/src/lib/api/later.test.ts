import { afterEach, expect, it, vi } from 'vitest'
import { apiLater } from './later'

afterEach(() => vi.unstubAllGlobals())

it('makes the calls of the API', async () => {
  const fetcher = vi.fn<typeof fetch>(() => Promise.resolve(Response.json({ id: 'o1' })))
  vi.stubGlobal('fetch', fetcher)
  const api = apiLater('https://api.example')
  expect(await api.order('o1', 'secret')).toEqual({ id: 'o1' })
  const [request] = fetcher.mock.calls[0] ?? []
  expect((request as Request).url).toBe('https://api.example/public/orders/o1')
})
