import { beforeEach, expect, it, vi } from 'vitest'
import type { Api } from '$lib/api/client'
import { Problem } from '$lib/api/problem'
import { aTicketPage } from '$lib/fixtures'
import { fakeCaches } from './caches.fake'
import { keep, kept } from './kept'
import { ShownTicket } from './shown.svelte'

let atWork: () => void
const { worksOffline } = vi.hoisted(() => ({ worksOffline: vi.fn() }))
vi.mock('./worker', () => ({ worksOffline }))

const page = aTicketPage({ images: 'stale' })
const unreachable = new Problem(0, 'offline', 'No connection')

beforeEach(() => {
  vi.stubGlobal('caches', fakeCaches().caches)
  worksOffline.mockReturnValue(new Promise<void>((resolve) => (atWork = resolve)))
})

const shown = (ticket: Api['ticket']) => new ShownTicket({ ticket } as Api, 'order-1', 'secret')

it('shows what is kept while the server is asked, and then what it says', async () => {
  await keep(page, 'secret')
  let answer: (fresh: typeof page) => void = () => undefined
  const ticket = shown(() => new Promise((resolve) => (answer = resolve)))
  const looking = ticket.look()
  await vi.waitFor(() => expect(ticket.keptAt).toBeTruthy())
  expect(ticket.page?.admission).toBe('out')
  answer({ ...page, admission: 'in' })
  await looking
  expect(ticket.page?.admission).toBe('in')
  expect(ticket.keptAt).toBeUndefined()
})

it('goes on showing what is kept without a network', async () => {
  await keep(page, 'secret')
  const ticket = shown(vi.fn().mockRejectedValue(unreachable))
  await ticket.look()
  expect(ticket.page).toEqual(page)
  expect(ticket.problem).toBe(unreachable)
})

it('shows nothing without a network that was never looked at before', async () => {
  const ticket = shown(vi.fn().mockRejectedValue(unreachable))
  await ticket.look()
  expect(ticket.page).toBeUndefined()
  expect(ticket.gone).toBe(false)
})

it('gives up what is kept as soon as its key opens it no more', async () => {
  await keep(page, 'secret')
  const ticket = shown(vi.fn().mockRejectedValue(new Problem(401, 'unauthenticated', 'No')))
  await ticket.look()
  expect(ticket.gone).toBe(true)
  expect(ticket.page).toBeUndefined()
  await vi.waitFor(async () => expect(await kept('order-1', 'secret')).toBeUndefined())
})

it('promises to open without a network only when it is kept and the pages are, too', async () => {
  const ticket = shown(vi.fn().mockResolvedValue(page))
  await ticket.look()
  await vi.waitFor(async () => expect(await kept('order-1', 'secret')).toBeDefined())
  expect(ticket.safe).toBe(false)
  atWork()
  await vi.waitFor(() => expect(ticket.safe).toBe(true))
})

it('promises nothing while the code of the ticket could not be kept', async () => {
  HTMLImageElement.prototype.decode = vi.fn().mockRejectedValue(new DOMException('broken'))
  const ticket = shown(vi.fn().mockResolvedValue(aTicketPage()))
  await ticket.look()
  atWork()
  await vi.waitFor(() => expect(HTMLImageElement.prototype.decode).toHaveBeenCalled())
  await new Promise((resume) => setTimeout(resume))
  expect(ticket.safe).toBe(false)
})
