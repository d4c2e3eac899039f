import { fireEvent, render, screen, within } from '@testing-library/svelte'
import { beforeEach, expect, it, vi } from 'vitest'
import type { Portal, PortalTicket, Wanted } from './api'
import { aCompany, aGivenTicket, aGuest, aPortal, aTicket, COLLEAGUE, Desk, ME } from './fixtures'
import TicketsPage from './TicketsPage.svelte'

beforeEach(() => {
  // jsdom knows the dialog, but not how it opens and closes.
  HTMLDialogElement.prototype.showModal = vi.fn()
})

const TICKETS = [
  aTicket(1),
  aTicket(2),
  aTicket(3, { state: 'allocated', cart_guest: { contact_id: 'ada', relay: ME } }),
  aGivenTicket(4, { state: 'downloaded' }),
  aGivenTicket(5, { state: 'used', take_back_possible: false }),
  aTicket(6, { state: 'allocated', cart_guest: { contact_id: 'cy', relay: COLLEAGUE } }),
]

async function show({
  desk = new Desk([aGuest('Ada', [3])]),
  items = TICKETS,
  company = aCompany(),
  wanted = {},
  ...overrides
}: {
  desk?: Desk
  items?: PortalTicket[]
  company?: ReturnType<typeof aCompany>
  wanted?: Wanted
} & Partial<Portal> = {}) {
  const onwant = vi.fn()
  render(TicketsPage, { portal: aPortal(desk, items, overrides), company, wanted, onwant })
  await screen.findAllByTestId('portal-ticket')
  return { desk, onwant }
}

const row = (number: number) =>
  screen.getAllByTestId('portal-ticket').find((one) => one.dataset.ticket === `o-${number}`) as HTMLElement
const press = async (number: number, init = {}) => {
  await fireEvent.click(within(row(number)).getByTestId('choose-ticket'), init)
  await vi.waitFor(() => expect(row(number).dataset.chosen).toBe('true'))
}

it('tells of each ticket how far it is, who has it and in which cart it stands', async () => {
  await show()
  expect(screen.getAllByTestId('portal-ticket').map(({ dataset }) => dataset.state)).toEqual(
    TICKETS.map(({ state }) => state),
  )
  await vi.waitFor(() => expect(within(row(3)).getByTestId('ticket-guest').textContent).toBe('for Ada'))
  expect(within(row(4)).getByTestId('ticket-holder').textContent).toBe('Grace Hopper')
  expect(within(row(6)).getByTestId('ticket-cart').textContent?.trim()).toBe(`in the cart of ${COLLEAGUE}`)
  expect(within(row(5)).getByTestId('choose-ticket')).toHaveProperty('disabled', true)
})

it('gives chosen tickets to a guest of the cart, or to somebody of the book', async () => {
  const { desk } = await show()
  expect(screen.queryByTestId('chosen-bar')).toBeNull()
  await press(1)
  await fireEvent.click(screen.getByTestId('give-to-guest'))
  await fireEvent.click(await screen.findByTestId('pick-guest'))
  await vi.waitFor(() => expect(desk.ids('ada')).toEqual(['o-3', 'o-1']))
  await vi.waitFor(() => expect(screen.queryByTestId('chosen-bar')).toBeNull())
  await press(2)
  await fireEvent.click(screen.getByTestId('give-to-guest'))
  const [bo] = await screen.findAllByTestId('pick-contact')
  expect(bo?.dataset.contact).toBe('bo')
  await fireEvent.click(bo as HTMLElement)
  await vi.waitFor(() => expect(desk.ids('bo')).toEqual(['o-2']))
})

it('chooses a range, and all', async () => {
  await show()
  await press(1)
  await press(4, { shiftKey: true })
  expect(screen.getByTestId('chosen-count').dataset.count).toBe('4')
  await fireEvent.click(screen.getByTestId('choose-none'))
  await fireEvent.click(screen.getByTestId('choose-all'))
  await vi.waitFor(() => expect(screen.getByTestId('chosen-count').dataset.count).toBe('5'))
})

it('chooses so many free ones as are asked for, and says when there are fewer', async () => {
  const tickets = vi.fn<Portal['tickets']>((wanted) =>
    Promise.resolve({
      items: TICKETS.filter(({ state }) => !wanted.state || state === wanted.state),
      cursor: null,
    }),
  )
  await show({ tickets })
  await fireEvent.input(screen.getByTestId('choose-number'), { target: { value: '3' } })
  await fireEvent.submit(screen.getByTestId('choose-number').closest('form') as HTMLFormElement)
  await vi.waitFor(() => expect(screen.getByTestId('chosen-count').dataset.count).toBe('2'))
  expect(screen.getByTestId('too-few').textContent).toContain('Only 2 are free.')
})

it('keeps what is chosen when a ticket is at fault, names it, and goes on with the others', async () => {
  const { desk } = await show()
  desk.meanwhile('cy', [6])
  await press(1)
  await press(6)
  await fireEvent.click(screen.getByTestId('give-to-guest'))
  await fireEvent.click(await screen.findByTestId('pick-guest'))
  const fault = await screen.findByTestId('ticket-at-fault')
  expect(fault.dataset.ticket).toBe('o-6')
  expect(screen.getByTestId('chosen-count').dataset.count).toBe('2')
  await fireEvent.click(screen.getByTestId('go-without'))
  await vi.waitFor(() => expect(desk.ids('ada')).toEqual(['o-3', 'o-1']))
})

it('says what taking back does, and takes only what may be taken', async () => {
  const takeBack = vi.fn<Portal['takeBack']>().mockResolvedValue({
    items: [{ ticket_id: 'o-4', result: 'taken_back', code: null, reason: null }],
    cursor: null,
  })
  await show({ takeBack })
  await press(4)
  await fireEvent.click(screen.getByTestId('take-back'))
  expect(screen.getByTestId('take-back-downloaded').textContent).toContain('1 of them was downloaded')
  await fireEvent.click(screen.getByTestId('take-back-confirm'))
  await screen.findByTestId('taken-back')
  expect(takeBack).toHaveBeenCalledWith(['o-4'])
  expect(screen.queryByTestId('chosen-bar')).toBeNull()
})

it('asks for a state of an event by its count', async () => {
  const { onwant } = await show()
  await fireEvent.click(await screen.findByTestId('count-distributed'))
  expect(onwant).toHaveBeenCalledWith({ event: 'concert', state: 'distributed' }, false)
})

it('shows all and hands out nothing where the portal is switched off', async () => {
  const { enabled } = aCompany()
  await show({ company: aCompany({ enabled: { ...enabled, distribution_enabled: false } }) })
  expect(screen.getByTestId('switched-off')).toBeTruthy()
  expect(screen.queryByTestId('choose-ticket')).toBeNull()
  expect(screen.queryByTestId('open-sheet')).toBeNull()
})
