import { fireEvent, render, screen, within } from '@testing-library/svelte'
import { beforeEach, expect, it, vi } from 'vitest'
import { Problem } from '$lib/api/problem'
import type { Allotment, LogEntry, Portal } from './api'
import AllotmentsPage from './AllotmentsPage.svelte'
import { aCompany, aDashboard, aPortal, aTicket, COLLEAGUE, Desk, ME } from './fixtures'
import LinksPage from './LinksPage.svelte'
import LogPage from './LogPage.svelte'
import RelaysPage from './RelaysPage.svelte'

beforeEach(() => {
  // jsdom knows the dialog, but not how it opens and closes.
  HTMLDialogElement.prototype.showModal = vi.fn()
})

const list = <T>(items: T[]) => Promise.resolve({ items, cursor: null })
const lost = () => Promise.reject(new Problem(0, 'offline', 'No'))

const ALLOTMENT: Allotment = {
  id: 'a1',
  title: 'Sponsor’s tickets',
  event: aDashboard().event,
  tier_id: 'seat',
  tier_title: 'Seat',
  units: 10,
  left: 4,
  terms: null,
  unit: { amount: 4500, currency: 'EUR' },
  open: true,
}

it('draws once however often it is asked for after a lost answer', async () => {
  const draw = vi.fn<Portal['draw']>().mockImplementationOnce(lost)
  draw.mockResolvedValueOnce({ id: 'o1', code: 'ABC', total: { amount: 9000, currency: 'EUR' } } as never)
  render(AllotmentsPage, { portal: { allotments: () => list([ALLOTMENT]), draw }, company: aCompany() })
  await fireEvent.click(await screen.findByTestId('draw'))
  await fireEvent.input(screen.getByTestId('draw-quantity'), { target: { value: '2' } })
  const form = screen.getByTestId('draw-quantity').closest('form') as HTMLFormElement
  expect(form.textContent).toContain('€90.00')
  await fireEvent.submit(form)
  await screen.findByTestId('draw-problem')
  await fireEvent.submit(form)
  expect((await screen.findByTestId('drawn')).textContent).toContain('ABC')
  const [first, second] = draw.mock.calls
  expect(second).toEqual(first)
  expect(first?.slice(1)).toEqual(['a1', { quantity: 2 }])
})

it('lets only the primary relay say who else acts', async () => {
  const relays = () =>
    list([
      { company_id: 'c1', email: ME, name: 'Ingrid', primary: true },
      { company_id: 'c1', email: COLLEAGUE, name: 'Jonas', primary: false },
    ])
  const nameRelay = vi.fn<Portal['nameRelay']>().mockResolvedValue({
    company_id: 'c1',
    email: COLLEAGUE,
    name: 'Jonas',
    primary: true,
  })
  const portal = { relays, nameRelay, removeRelay: vi.fn() }
  const onchange = vi.fn()
  const { unmount } = render(RelaysPage, { portal, company: aCompany({ primary: false }), onchange })
  expect(await screen.findAllByTestId('relay')).toHaveLength(2)
  expect(screen.queryByTestId('add-relay')).toBeNull()
  expect(screen.queryByTestId('change-relay')).toBeNull()
  unmount()
  render(RelaysPage, { portal, company: aCompany(), onchange })
  const [own, other] = (await screen.findAllByTestId('relay')) as [HTMLElement, HTMLElement]
  expect(within(own).queryByTestId('remove-relay')).toBeNull()
  await fireEvent.click(within(other).getByTestId('change-relay'))
  await fireEvent.click(screen.getByTestId('relay-primary'))
  await fireEvent.submit(screen.getByTestId('relay-name').closest('form') as HTMLFormElement)
  await vi.waitFor(() => expect(onchange).toHaveBeenCalled())
  expect(nameRelay).toHaveBeenCalledWith(COLLEAGUE, { name: 'Jonas', primary: true })
})

it('makes a link of free tickets, for the company’s own domains if none are said', async () => {
  const makeClaimLink = vi.fn<Portal['makeClaimLink']>().mockResolvedValue({} as never)
  const portal = aPortal(new Desk(), [aTicket(1), aTicket(2), aTicket(3)], {
    claimLinks: () => list([]),
    makeClaimLink,
  })
  render(LinksPage, { portal, company: aCompany() })
  await screen.findByTestId('no-links')
  await vi.waitFor(() => expect(screen.getByTestId('new-link').getAttribute('aria-disabled')).toBeNull())
  await fireEvent.click(screen.getByTestId('new-link'))
  await fireEvent.input(screen.getByTestId('link-tickets'), { target: { value: '2' } })
  await fireEvent.submit(screen.getByTestId('link-form'))
  await vi.waitFor(() => expect(makeClaimLink).toHaveBeenCalled())
  expect(makeClaimLink.mock.lastCall?.[1]).toEqual({ tickets: ['o-1', 'o-2'] })
})

it('tells what was done, by whom and on whose behalf', async () => {
  const entry: LogEntry = {
    at: '2027-06-03T10:00:00Z',
    actor: COLLEAGUE,
    acting_for: ME,
    step: 'distributed',
    guest: { contact_id: 'ada', email: 'ada@example.com', name: 'Ada' },
    added: [],
    removed: [],
    distributed: ['o-1', 'o-2'],
    taken: [],
    event_ids: ['concert'],
    distribution: 'd',
  }
  render(LogPage, {
    portal: { log: () => list([entry]), dashboard: () => list([aDashboard()]) },
    company: aCompany(),
  })
  const shown = await screen.findByTestId('log-entry')
  await vi.waitFor(() => expect(shown.textContent).toContain('The concert'))
  expect(shown.textContent).toContain('Ada got 2 tickets')
  expect(shown.textContent).toContain(`By ${COLLEAGUE}, on behalf of ${ME}`)
})
