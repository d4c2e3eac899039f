import { fireEvent, render, screen, within } from '@testing-library/svelte'
import { beforeEach, expect, it, vi } from 'vitest'
import type { Api } from '$lib/api/client'
import type { Ticket } from '$lib/api/types'
import { aPlacedOrder, aTicket } from '$lib/fixtures'
import OrderTickets from './OrderTickets.svelte'
import type { OrderWatch } from './watch.svelte'

const holder = { name: 'Ola', email: 'ola@example.com' }

function show(tickets: Ticket[], watch: Partial<OrderWatch> = {}) {
  const order = aPlacedOrder({ status: 'fulfilled', tickets })
  const api = {} as Api
  return render(OrderTickets, { api, order, orderKey: 'secret', watch: watch as OrderWatch })
}

function some(count: number): Ticket[] {
  return Array.from({ length: count }, (_, at) =>
    aTicket({ id: `o-${at + 1}`, number: at + 1, holder: at === 0 ? holder : null }),
  )
}

beforeEach(() => {
  // jsdom knows the dialog, but not how it opens and closes.
  HTMLDialogElement.prototype.showModal = vi.fn()
})

it('shows the first of many tickets, and finds any of them', async () => {
  show(some(14))
  expect(screen.getAllByTestId('ticket')).toHaveLength(10)
  await fireEvent.click(screen.getByTestId('more-tickets'))
  expect(screen.getAllByTestId('ticket')).toHaveLength(14)
  await fireEvent.input(screen.getByTestId('find-ticket'), { target: { value: 'ola' } })
  expect(screen.getAllByTestId('ticket').map((one) => one.dataset.number)).toEqual(['1'])
  await fireEvent.click(screen.getByTestId('only-unnamed'))
  expect(screen.queryByTestId('ticket')).toBeNull()
})

it('goes on to the next ticket without a name, and gives the last one the focus', async () => {
  const assign = vi.fn().mockResolvedValue(undefined)
  const tickets = some(3)
  const { component, rerender } = show(tickets, { assign })
  component.name(2, true)
  const dialog = await screen.findByTestId('holder-dialog')
  await fireEvent.click(within(dialog).getByTestId('for-me'))
  await fireEvent.submit(within(dialog).getByTestId('holder-form'))
  await vi.waitFor(() => expect(screen.getByTestId('holder-dialog').textContent).toContain('Ticket 3'))
  expect(assign).toHaveBeenCalledWith(2, { name: 'Kari Nordmann', email: 'kari@example.com' })
  const named = tickets.map((ticket) => ({ ...ticket, holder: ticket.number === 3 ? null : holder }))
  await rerender({ order: aPlacedOrder({ status: 'fulfilled', tickets: named }) })
  await fireEvent.input(screen.getByTestId('holder-email'), { target: { value: 'ada@example.com' } })
  await fireEvent.submit(screen.getByTestId('holder-form'))
  await vi.waitFor(() => expect(screen.queryByTestId('holder-dialog')).toBeNull())
  await vi.waitFor(() => expect(document.activeElement?.getAttribute('data-number')).toBe('3'))
})

it('asks before it takes a ticket back', async () => {
  const takeBack = vi.fn().mockResolvedValue(undefined)
  show(some(1), { takeBack })
  await fireEvent.click(screen.getByTestId('take-back'))
  expect(screen.getByTestId('take-back-dialog').textContent).toContain('Ola')
  expect(takeBack).not.toHaveBeenCalled()
  await fireEvent.click(screen.getByTestId('take-back-confirm'))
  expect(takeBack).toHaveBeenCalledWith(1)
})
