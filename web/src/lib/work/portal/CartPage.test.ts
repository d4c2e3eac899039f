import { fireEvent, render, screen, within } from '@testing-library/svelte'
import { beforeEach, expect, it, vi } from 'vitest'
import type { Portal } from './api'
import CartPage from './CartPage.svelte'
import { aCompany, aGuest, aPortal, aTicket, COLLEAGUE, Desk } from './fixtures'

beforeEach(() => {
  // jsdom knows the dialog, but not how it opens and closes.
  HTMLDialogElement.prototype.showModal = vi.fn()
})

async function show(desk: Desk, overrides: Partial<Portal> = {}, relay?: string) {
  const onrelay = vi.fn()
  const portal = aPortal(desk, [aTicket(7), aTicket(8)], overrides)
  render(CartPage, { portal, company: aCompany(), relay, onrelay })
  await screen.findByTestId('shelf')
  return { onrelay }
}

const guest = (name: string) =>
  screen.getAllByTestId('guest').find((one) => one.dataset.contact === name.toLowerCase()) as HTMLElement
const ticket = (number: number) =>
  screen.getAllByTestId('portal-ticket').find((one) => one.dataset.ticket === `o-${number}`) as HTMLElement

async function choose(number: number): Promise<void> {
  await vi.waitFor(() => expect(ticket(number)).toBeTruthy())
  await fireEvent.click(within(ticket(number)).getByTestId('choose-ticket'))
  await vi.waitFor(() => expect(ticket(number).dataset.chosen).toBe('true'))
}

it('gives chosen tickets by the button of a guest', async () => {
  const desk = new Desk([aGuest('Ada', [1]), aGuest('Bo')])
  await show(desk)
  await choose(7)
  await choose(1)
  const button = within(guest('Bo')).getByTestId('give-here')
  expect(button.textContent).toContain('2')
  expect(within(guest('Ada')).getByTestId('give-here').textContent).toContain('1')
  await fireEvent.click(button)
  await vi.waitFor(() => expect(desk.ids('bo').sort()).toEqual(['o-1', 'o-7']))
  expect(desk.ids('ada')).toEqual([])
  await vi.waitFor(() =>
    expect(screen.getByTestId('cart-said').textContent).toContain('2 tickets are meant for Bo'),
  )
  expect(screen.queryByTestId('chosen-bar')).toBeNull()
  const shown = screen.getAllByTestId('portal-ticket').map(({ dataset }) => dataset.ticket)
  expect(shown.filter((id) => id === 'o-7')).toHaveLength(1)
})

it('gives what is chosen after a drag of which nobody saw the end', async () => {
  const desk = new Desk([aGuest('Ada', [1]), aGuest('Bo')])
  await show(desk)
  await fireEvent.dragStart(ticket(1))
  await choose(7)
  await fireEvent.click(within(guest('Bo')).getByTestId('give-here'))
  await vi.waitFor(() => expect(desk.ids('bo')).toEqual(['o-7']))
  expect(desk.ids('ada')).toEqual(['o-1'])
})

it('takes what is dropped on a guest: what is dragged, or all that is chosen with it', async () => {
  const desk = new Desk([aGuest('Ada'), aGuest('Bo', [1])], [2, 3])
  await show(desk)
  await vi.waitFor(() => expect(ticket(2)).toBeTruthy())
  await fireEvent.dragStart(ticket(1))
  await fireEvent.dragOver(guest('Ada'))
  await fireEvent.drop(guest('Ada'))
  await vi.waitFor(() => expect(desk.ids('ada')).toEqual(['o-1']))
  await choose(2)
  await choose(3)
  await fireEvent.dragStart(ticket(3))
  await fireEvent.drop(guest('Bo'))
  await vi.waitFor(() => expect(desk.ids('bo')).toEqual(['o-2', 'o-3']))
})

it('tells of a conflict at the guest whom it is about, and keeps what is chosen', async () => {
  const desk = new Desk([aGuest('Ada', [1]), aGuest('Bo')])
  await show(desk)
  await choose(7)
  desk.meanwhile('ada', [1, 5])
  await fireEvent.click(within(guest('Ada')).getByTestId('give-here'))
  const trouble = await within(guest('Ada')).findByTestId('cart-trouble')
  expect(trouble.textContent).toContain(COLLEAGUE)
  expect(guest('Ada').dataset.tickets).toBe('2')
  expect(screen.getByTestId('chosen-count').dataset.count).toBe('1')
  await fireEvent.click(within(guest('Ada')).getByTestId('give-here'))
  await vi.waitFor(() => expect(desk.ids('ada')).toEqual(['o-1', 'o-5', 'o-7']))
  expect(screen.queryByTestId('cart-trouble')).toBeNull()
})

it('says on whose behalf one works, and offers the carts of colleagues', async () => {
  const desk = new Desk([aGuest('Ada')])
  desk.actingFor = COLLEAGUE
  const carts: Portal['carts'] = () =>
    Promise.resolve({
      items: [
        {
          relay: COLLEAGUE,
          name: 'Jonas',
          former: true,
          guests: 1,
          tickets: 0,
          unassigned: 0,
          created_at: '2027-06-03T10:00:00Z',
          changed_at: '2027-06-03T10:00:00Z',
          changed_by: COLLEAGUE,
        },
      ],
      cursor: null,
    })
  const { onrelay } = await show(desk, { carts }, COLLEAGUE)
  await vi.waitFor(() => expect(screen.getByTestId('behalf').textContent).toContain(`Jonas (${COLLEAGUE})`))
  expect(screen.getByTestId('behalf').textContent).toContain('no more')
  await fireEvent.change(screen.getByTestId('whose-cart'), { target: { value: '' } })
  expect(onrelay).toHaveBeenCalledWith(undefined)
})

it('suggests tickets and means them for guests once that is taken over', async () => {
  const desk = new Desk([aGuest('Ada'), aGuest('Bo')])
  const found = (number: number) => ({ ...aTicket(number) })
  const suggest = vi.fn<Portal['suggest']>().mockResolvedValue({
    guests: [
      { contact_id: 'ada', tickets: [found(7)], together: true },
      { contact_id: 'bo', tickets: [], together: null },
    ],
    short: 1,
  })
  await show(desk, { suggest })
  await vi.waitFor(() => expect(screen.getByTestId('suggest')).toBeTruthy())
  await fireEvent.click(screen.getByTestId('suggest'))
  for (const one of screen.getAllByTestId('suggest-guest')) {
    await fireEvent.click(within(one).getByTestId('more'))
  }
  await fireEvent.click(screen.getByTestId('suggest-go'))
  expect((await screen.findByTestId('short')).textContent).toContain('1 ticket is missing')
  expect(suggest.mock.lastCall?.[0]).toEqual({
    event_id: 'concert',
    parties: [
      [
        { contact_id: 'ada', count: 1 },
        { contact_id: 'bo', count: 1 },
      ],
    ],
  })
  await fireEvent.click(screen.getByTestId('take-over'))
  await vi.waitFor(() => expect(desk.ids('ada')).toEqual(['o-7']))
})

it('shows what is left where the portal is switched off', () => {
  const { enabled } = aCompany()
  const company = aCompany({
    enabled: { ...enabled, distribution_enabled: false, address_book_enabled: false },
  })
  render(CartPage, { portal: aPortal(new Desk(), []), company, onrelay: vi.fn() })
  expect(screen.getByTestId('switched-off').textContent).toContain('address book')
})
