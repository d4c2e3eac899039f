import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { Api } from '$lib/api/client'
import { aPlacedOrder, aTicket, aTicketPage } from '$lib/fixtures'
import { keepOrderKey } from '$lib/keys'
import { fakeCaches } from './caches.fake'
import { keepOrderOf, together } from './together'

const event = { ...aTicketPage().event, ends_at: '2100-01-01T00:00:00Z' }
const url = (id: string) => `https://tickets.example/tickets/${id}#key=key-of-${id}`
const ticket = vi.fn<Api['ticket']>(async (id) => aTicketPage({ id, url: url(id), images: 'stale', event }))
const order = vi.fn<Api['order']>(async () =>
  aPlacedOrder({
    tickets: [
      aTicket({ id: 'order-1', url: url('order-1') }),
      aTicket({ id: 'order-2', url: url('order-2') }),
      aTicket({ id: 'order-3', url: null, passed_on: true }),
      aTicket({ id: 'order-4', url: url('order-4'), status: 'cancelled' }),
    ],
  }),
)
const api = { ticket, order } as Partial<Api> as Api

beforeEach(() => vi.stubGlobal('caches', fakeCaches().caches))
afterEach(() => localStorage.clear())

it('keeps the other valid tickets of an order that was opened in this browser', async () => {
  keepOrderKey('order', 'its-key')
  await keepOrderOf(api, 'order-1')
  expect(order).toHaveBeenCalledWith('order', 'its-key')
  expect((await together('event')).map(({ page }) => page.id)).toEqual(['order-2'])
  expect((await together('event'))[0]?.key).toBe('key-of-order-2')
})

it('asks for no order whose key it does not have', async () => {
  order.mockClear()
  await keepOrderOf(api, 'order-1')
  expect(order).not.toHaveBeenCalled()
})
