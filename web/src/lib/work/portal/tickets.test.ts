import { expect, it, vi } from 'vitest'
import { Problem } from '$lib/api/problem'
import type { Portal } from './api'
import { aDashboard, aGivenTicket, aTicket } from './fixtures'
import { Tickets } from './tickets.svelte'

function portal() {
  return {
    tickets: vi.fn<Portal['tickets']>(),
    dashboard: vi.fn<Portal['dashboard']>().mockResolvedValue({ items: [aDashboard()], cursor: null }),
    overlay: vi.fn<Portal['overlay']>(),
  }
}

it('passes over pages on which nothing fits', async () => {
  const api = portal()
  api.tickets.mockResolvedValueOnce({ items: [], cursor: 'one' })
  api.tickets.mockResolvedValueOnce({ items: [aTicket(1)], cursor: 'two' })
  const tickets = new Tickets(api)
  await tickets.open({ q: 'ada' })
  expect(tickets.items?.map(({ id }) => id)).toEqual(['o-1'])
  expect(tickets.hasMore).toBe(true)
  expect(api.tickets.mock.calls).toEqual([
    [{ q: 'ada' }, undefined],
    [{ q: 'ada' }, 'one'],
  ])
})

it('shows what was asked for last, whichever answer comes first', async () => {
  const api = portal()
  let late: (page: Awaited<ReturnType<Portal['tickets']>>) => void = () => undefined
  api.tickets.mockReturnValueOnce(new Promise((done) => (late = done)))
  api.tickets.mockResolvedValueOnce({ items: [aTicket(2)], cursor: null })
  const tickets = new Tickets(api)
  const first = tickets.open({ q: 'a' })
  await tickets.open({ q: 'ad' })
  late({ items: [aTicket(1)], cursor: null })
  await first
  expect(tickets.items?.map(({ id }) => id)).toEqual(['o-2'])
})

it('finds as many free tickets as are asked for, and no given ones', async () => {
  const api = portal()
  api.tickets.mockResolvedValueOnce({ items: [aTicket(1), aTicket(2, { status: 'suspended' })], cursor: 'x' })
  api.tickets.mockResolvedValueOnce({ items: [aTicket(3), aTicket(4)], cursor: null })
  const tickets = new Tickets(api)
  const found = await tickets.free(2, { event: 'concert', tier: 'seat', q: 'ignored' })
  expect(found.map(({ id }) => id)).toEqual(['o-1', 'o-3'])
  expect(api.tickets.mock.calls[0]?.[0]).toEqual({
    event: 'concert',
    tier: 'seat',
    state: 'not_distributed',
  })
})

it('reads as much again as was there, and keeps it while that fails', async () => {
  const api = portal()
  api.tickets.mockResolvedValueOnce({ items: [aTicket(1)], cursor: 'x' })
  api.tickets.mockResolvedValueOnce({ items: [aTicket(2)], cursor: null })
  const tickets = new Tickets(api)
  await tickets.open({})
  await tickets.more()
  api.tickets.mockResolvedValueOnce({ items: [aGivenTicket(1)], cursor: 'x' })
  api.tickets.mockResolvedValueOnce({ items: [aTicket(2)], cursor: null })
  await tickets.again()
  expect(tickets.items?.map(({ state }) => state)).toEqual(['distributed', 'not_distributed'])
  api.tickets.mockRejectedValueOnce(new Problem(0, 'offline', 'No'))
  await tickets.again()
  expect(tickets.items).toHaveLength(2)
  expect(tickets.problem?.code).toBe('offline')
  tickets.stop()
})
