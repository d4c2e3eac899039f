import { fireEvent, render, screen, waitFor } from '@testing-library/svelte'
import { beforeEach, expect, it, vi } from 'vitest'
import type { MyApi } from '$lib/api/me'
import type { MyTicket, Transfer } from '$lib/api/types'
import { aMyTicket, aTransfer } from '$lib/fixtures'
import Upcoming from './Upcoming.svelte'

const EMAIL = 'kari@example.com'
const ME = { name: 'Kari', email: EMAIL }
const OLA = { name: 'Ola', email: 'ola@example.com' }

interface Has {
  coming?: MyTicket[]
  owned?: MyTicket[]
  offers?: Transfer[]
}

beforeEach(() => {
  HTMLDialogElement.prototype.showModal = vi.fn()
})

function show({ coming = [], owned = [], offers = [] }: Has, calls: Partial<MyApi> = {}) {
  const list = <T>(items: T[]) => ({ items, cursor: null })
  const me = {
    tickets: vi.fn(async (scope: string) => list(scope === 'owned' ? owned : coming)),
    offers: vi.fn(async () => list(offers)),
    companies: vi.fn(async () => list([])),
    ...calls,
  } as unknown as MyApi
  render(Upcoming, { me, email: EMAIL })
  return me
}

const press = async (testid: string) => fireEvent.click(await screen.findByTestId(testid))

it('explains to who has none how tickets come here', async () => {
  show({})
  const empty = await screen.findByTestId('no-tickets')
  expect(empty.textContent).toContain(EMAIL)
})

it('leads to the page of each ticket', async () => {
  show({ coming: [aMyTicket({ holder: ME })] })
  const link = await screen.findByTestId('show-ticket')
  expect(link.getAttribute('href')).toBe('/tickets/order-1#key=secret')
})

it('lets the reader name or change somebody only where it is not himself', async () => {
  show({ coming: [aMyTicket({ holder: ME })], owned: [aMyTicket({ id: 'given', holder: OLA })] })
  const given = await screen.findByTestId('given')
  expect(screen.getAllByTestId('name-holder').every((button) => given.contains(button))).toBe(true)
  expect(screen.getAllByTestId('take-back')).toHaveLength(1)
})

it('offers the tickets that were chosen and tells so', async () => {
  const offer = vi.fn(async ({ tickets }: { tickets: string[] }) => ({
    items: tickets.map((ticket_id) => ({ ticket_id, result: 'offered' })),
    cursor: null,
  }))
  show({ coming: [aMyTicket({ id: 'a' }), aMyTicket({ id: 'b', number: 2 })] }, { offer } as Partial<MyApi>)
  await fireEvent.click((await screen.findAllByTestId('pass-on'))[0] as HTMLElement)
  await fireEvent.click(screen.getByLabelText(/no\. 2/))
  await fireEvent.input(screen.getByTestId('pass-on-email'), { target: { value: ' ola@example.com ' } })
  await press('pass-on-go')
  expect((await screen.findByTestId('told')).textContent).toContain(
    '2 tickets are offered to ola@example.com',
  )
  expect(offer).toHaveBeenCalledWith({ email: 'ola@example.com', note: '', tickets: ['a', 'b'] })
  await waitFor(() => expect(screen.queryByTestId('pass-on-dialog')).toBeNull())
})

it('names the ticket that could not be offered, and does not close over it', async () => {
  const refused = { ticket_id: 'order-1', result: 'refused', code: 'unheard_of', reason: 'It has been used.' }
  const offer = vi.fn(async () => ({ items: [refused], cursor: null }))
  show({ coming: [aMyTicket()] }, { offer } as Partial<MyApi>)
  await press('pass-on')
  await fireEvent.input(screen.getByTestId('pass-on-email'), { target: { value: 'ola@example.com' } })
  await press('pass-on-go')
  expect((await screen.findByTestId('refused')).textContent).toContain('It has been used.')
  expect(screen.queryByTestId('told')).toBeNull()
})

it('accepts all offers in the name that was said', async () => {
  const accept = vi.fn(async ({ codes }: { codes: string[] }) => ({
    items: codes.map((code) => ({ ticket_id: code, result: 'accepted' })),
    cursor: null,
  }))
  const offers = [aTransfer({ code: 'a' }), aTransfer({ code: 'b' })]
  show({ offers }, { accept } as Partial<MyApi>)
  await press('accept-all')
  await fireEvent.input(screen.getByTestId('holder-name'), { target: { value: 'Kari Nordmann' } })
  await press('holder-save')
  expect((await screen.findByTestId('told')).textContent).toContain('2 tickets are yours')
  expect(accept).toHaveBeenCalledWith({ name: 'Kari Nordmann', codes: ['a', 'b'] })
})

it('withdraws an offer once it is confirmed', async () => {
  const withdraw = vi.fn(async () => aTransfer({ status: 'cancelled' }))
  const transfer = { code: 'c', to: OLA.email, until: '2100-01-01T00:00:00Z' }
  show({ coming: [aMyTicket({ transfer })] }, { withdraw } as Partial<MyApi>)
  await press('withdraw')
  expect(withdraw).not.toHaveBeenCalled()
  await press('confirm-go')
  await screen.findByTestId('told')
  expect(withdraw).toHaveBeenCalledWith('order-1')
})

it('shows what came when a part could not be read, and a way to try again', async () => {
  const tickets = vi.fn(async () => Promise.reject(new TypeError('Failed to fetch')))
  show({ offers: [aTransfer()] }, { tickets } as Partial<MyApi>)
  await screen.findByTestId('offer')
  expect(screen.getAllByTestId('retry')).toHaveLength(2)
})
