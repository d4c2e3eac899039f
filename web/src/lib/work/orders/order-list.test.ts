import { expect, it, vi } from 'vitest'
import type { OrderRow, OrdersApi } from './api'
import { aRow } from './fixtures'
import { OrderList } from './order-list.svelte'

type List = OrdersApi['list']

const rows = (...ids: string[]) => ids.map((id) => aRow({ id }))
const page = (items: OrderRow[], cursor: string | null = null) => ({ items, cursor })
const ids = (list: OrderList) => list.rows?.map(({ id }) => id)

it('reads page by page, and looks further where a page of several filters is empty', async () => {
  const read = vi
    .fn<List>()
    .mockResolvedValueOnce(page(rows('a'), '1'))
    .mockResolvedValueOnce(page([], '2'))
    .mockResolvedValueOnce(page(rows('b')))
  const list = new OrderList({ list: read })
  await list.show({ status: 'fulfilled' })
  expect(list.hasMore).toBe(true)
  await list.more()
  expect(ids(list)).toEqual(['a', 'b'])
  expect(list.hasMore).toBe(false)
  expect(read.mock.calls.map(([, cursor]) => cursor)).toEqual([undefined, '1', '2'])
})

it('lets an answer go that comes after another question', async () => {
  let late: (answer: ReturnType<typeof page>) => void = () => undefined
  const read = vi
    .fn<List>()
    .mockReturnValueOnce(new Promise((resolve) => (late = resolve)))
    .mockResolvedValueOnce(page(rows('new')))
  const list = new OrderList({ list: read })
  const first = list.show({ q: 'a' })
  await list.show({ q: 'ab' })
  late(page(rows('old')))
  await first
  expect(ids(list)).toEqual(['new'])
  expect(list.busy).toBe(false)
})

it('takes a changed row in its place, and off when it is not wanted any more', async () => {
  const list = new OrderList({
    list: vi.fn<List>().mockResolvedValue(page([aRow({ id: 'a', status: 'settled' }), aRow({ id: 'b' })])),
  })
  await list.show({ method: 'card' })
  list.put(aRow({ id: 'a', status: 'fulfilled' }))
  expect(list.rows?.[0]?.status).toBe('fulfilled')
  list.put(aRow({ id: 'a', payment_method: 'invoice' }))
  expect(ids(list)).toEqual(['b'])
})

it('gathers all that is wanted, as far as is asked for', async () => {
  const read = vi.fn<List>((_, cursor) => {
    const at = Number(cursor ?? 0)
    return Promise.resolve(page(rows(`${at}a`, `${at}b`), at < 5 ? String(at + 1) : null))
  })
  const list = new OrderList({ list: read })
  expect((await list.all(5)).map(({ id }) => id)).toEqual(['0a', '0b', '1a', '1b', '2a'])
  expect(read).toHaveBeenCalledTimes(3)
})

it('reads as much anew as there was', async () => {
  const read = vi.fn<List>((_, cursor) => Promise.resolve(page(rows(cursor ?? '0'), cursor ? null : '1')))
  const list = new OrderList({ list: read })
  await list.show({})
  await list.more()
  await list.reload()
  expect(ids(list)).toEqual(['0', '1'])
  expect(read).toHaveBeenCalledTimes(4)
})

it('keeps what is shown when the next page does not come', async () => {
  const read = vi
    .fn<List>()
    .mockResolvedValueOnce(page(rows('a'), '1'))
    .mockRejectedValueOnce(new TypeError('no network'))
  const list = new OrderList({ list: read })
  await list.show({})
  await list.more()
  expect(ids(list)).toEqual(['a'])
  expect(list.problem?.code).toBe('offline')
})

it('asks again for what did not come, and never with the place of another list', async () => {
  const read = vi
    .fn<List>()
    .mockResolvedValueOnce(page(rows('a'), 'place'))
    .mockRejectedValueOnce(new TypeError('no network'))
    .mockResolvedValueOnce(page(rows('b')))
  const list = new OrderList({ list: read })
  await list.show({})
  await list.show({ status: 'cancelled' })
  expect(list.hasMore).toBe(false)
  await list.retry()
  expect(read.mock.lastCall?.slice(0, 2)).toEqual([{ status: 'cancelled' }, undefined])
  expect(ids(list)).toEqual(['b'])
})
