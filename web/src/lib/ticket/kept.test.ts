import { beforeEach, expect, it, vi } from 'vitest'
import { aTicketPage } from '$lib/fixtures'
import { fakeCaches } from './caches.fake'
import { allKept, forget, isKeptImage, keep, kept } from './kept'

const NOW = Date.parse('2026-09-01T00:00:00Z')
let store: Map<string, string>

beforeEach(() => {
  const fake = fakeCaches()
  store = fake.store
  vi.stubGlobal('caches', fake.caches)
  vi.stubGlobal(
    'fetch',
    vi.fn(async () => new Response('image')),
  )
  HTMLImageElement.prototype.decode = vi.fn().mockResolvedValue(undefined)
})

it('keeps a ticket with its code, under names without its key', async () => {
  await keep(aTicketPage({ revision: 2 }), 'secret')
  expect([...store.keys()]).toEqual(['/kept/order-1', '/kept/order-1/2.png'])
  expect((await kept('order-1', 'secret'))?.page.revision).toBe(2)
})

it('shows a kept ticket only to who has its key', async () => {
  await keep(aTicketPage(), 'secret')
  expect(await kept('order-1', 'another')).toBeUndefined()
})

it('gives up the code of a former revision, or of a ticket that is cancelled', async () => {
  await keep(aTicketPage({ revision: 1 }), 'secret')
  await keep(aTicketPage({ revision: 2, images: 'stale' }), 'newer')
  expect([...store.keys()]).toEqual(['/kept/order-1'])
})

it('keeps no code that can not be loaded', async () => {
  HTMLImageElement.prototype.decode = vi.fn().mockRejectedValue(new DOMException('broken'))
  await keep(aTicketPage(), 'secret')
  expect([...store.keys()].filter(isKeptImage)).toEqual([])
})

it('forgets a ticket that its key does not open any more, and not the one that has come after it', async () => {
  await keep(aTicketPage({ revision: 2 }), 'newer')
  await forget('order-1', 'secret')
  expect(store.size).toBe(2)
  await forget('order-1', 'newer')
  expect(store.size).toBe(0)
})

it('lists tickets by event and number, and gives up those long past', async () => {
  const event = aTicketPage().event
  const later = { ...event, id: 'later', starts_at: '2026-10-01T00:00:00Z', ends_at: '2026-10-01T02:00:00Z' }
  const past = { ...event, id: 'past', starts_at: '2026-01-01T00:00:00Z', ends_at: '2026-01-01T02:00:00Z' }
  await keep(aTicketPage({ id: 'c-1', event: later }), 'secret')
  await keep(aTicketPage({ id: 'b-10' }), 'secret')
  await keep(aTicketPage({ id: 'b-2' }), 'secret')
  await keep(aTicketPage({ id: 'a-1', event: past }), 'secret')
  expect((await allKept(NOW)).map(({ page }) => page.id)).toEqual(['b-2', 'b-10', 'c-1'])
  expect(await kept('a-1', 'secret')).toBeUndefined()
})

it('keeps nothing where there is no store', async () => {
  vi.stubGlobal('caches', undefined)
  await keep(aTicketPage(), 'secret')
  expect(await kept('order-1', 'secret')).toBeUndefined()
  expect(await allKept()).toEqual([])
})
