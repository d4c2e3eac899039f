import { expect, it, vi } from 'vitest'
import { aTicket } from '$lib/fixtures'
import type { Order, OrdersApi } from './api'
import { anApi, anOrder, aRow } from './fixtures'
import { OpenOrder, tells } from './open-order.svelte'

const PAUSES = [0, 0, 0]

it('follows an act until the tickets are made and the list tells of them', async () => {
  const before = aRow({ status: 'awaiting_approval', progress: { issued: 0, nameless: 0, used: 0 } })
  const after = aRow({ progress: { issued: 1, nameless: 1, used: 0 } })
  const settled = anOrder({ ...before, status: 'settled' })
  const fulfilled = anOrder(after, { tickets: [aTicket({ holder: null })] })
  const api = anApi({
    act: vi.fn<OrdersApi['act']>().mockResolvedValue(settled),
    order: vi.fn<OrdersApi['order']>().mockResolvedValueOnce(settled).mockResolvedValue(fulfilled),
    row: vi.fn<OrdersApi['row']>().mockResolvedValueOnce(before).mockResolvedValue(after),
  })
  const onrow = vi.fn()
  const opened = new OpenOrder(api, 'order', onrow, PAUSES)
  await opened.act('approve', {}, 'key')
  expect(opened.order?.status).toBe('settled')
  expect(opened.behind).toBe(true)
  await vi.waitFor(() => expect(opened.behind).toBe(false))
  expect(onrow).toHaveBeenCalledExactlyOnceWith(after)
  expect(opened.order?.status).toBe('fulfilled')
})

it('says when the list takes too long, and looks again when asked', async () => {
  const row = aRow({ progress: { issued: 0, nameless: 0, used: 0 } })
  const order = anOrder(row)
  const api = anApi({
    order: vi.fn<OrdersApi['order']>().mockResolvedValue(order),
    row: vi.fn<OrdersApi['row']>().mockResolvedValue({ ...row, payment_status: 'unpaid' }),
  })
  const onrow = vi.fn()
  const opened = new OpenOrder(api, 'order', onrow, PAUSES)
  await opened.follow()
  expect([opened.behind, opened.late]).toEqual([false, true])
  expect(onrow).not.toHaveBeenCalled()
  vi.mocked(api.row).mockResolvedValue(row)
  await opened.follow()
  expect(opened.late).toBe(false)
  expect(onrow).toHaveBeenCalledWith(row)
})

it('goes on looking when one look fails, and stops when it is closed', async () => {
  const row = aRow({ progress: { issued: 0, nameless: 0, used: 0 } })
  const api = anApi({
    order: vi
      .fn<OrdersApi['order']>()
      .mockRejectedValueOnce(new TypeError('no network'))
      .mockResolvedValue(anOrder(row)),
    row: vi.fn<OrdersApi['row']>().mockResolvedValue(row),
  })
  const onrow = vi.fn()
  const opened = new OpenOrder(api, 'order', onrow, PAUSES)
  await opened.follow()
  expect(onrow).toHaveBeenCalledOnce()
  const following = opened.follow()
  opened.stop()
  await following
  expect(onrow).toHaveBeenCalledOnce()
})

it('compares money, tickets and reasons of a row with those of its order', () => {
  const row = aRow({ attention: ['dispute', 'unassigned'], progress: { issued: 2, nameless: 1, used: 0 } })
  const tickets: Order['tickets'] = [
    aTicket({ holder: null }),
    aTicket({ holder: { name: 'Ada', email: 'ada@example.com' } }),
    aTicket({ status: 'cancelled' }),
  ]
  const order = anOrder(row, { attention: ['dispute'], tickets })
  expect(tells(row, order)).toBe(true)
  expect(tells(row, { ...order, attention: [] })).toBe(false)
  expect(tells(row, { ...order, paid: { amount: 1, currency: 'EUR' } })).toBe(false)
  expect(tells(row, { ...order, tickets: tickets.slice(0, 1) })).toBe(false)
})
