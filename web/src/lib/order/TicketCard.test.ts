import { render, screen } from '@testing-library/svelte'
import { expect, it, vi } from 'vitest'
import type { Ticket } from '$lib/api/types'
import { aTicket } from '$lib/fixtures'
import TicketCard from './TicketCard.svelte'

const show = (ticket: Partial<Ticket>) =>
  render(TicketCard, { ticket: aTicket(ticket), onname: vi.fn(), ontakeback: vi.fn() })

it('shows the code and the badge of a valid ticket', () => {
  show({})
  expect(screen.getByTestId('qr')).toBeTruthy()
  expect(screen.getByTestId('badge')).toBeTruthy()
  expect(screen.queryByTestId('ticket-invalid')).toBeNull()
})

it.each([
  ['cancelled', 'It admits nobody any more.'],
  ['suspended', 'It admits nobody for now. Ask the organizer about it.'],
] as const)('says that a %s ticket admits nobody, and shows no code', (status, words) => {
  show({ status })
  expect(screen.getByTestId('ticket').textContent.toLowerCase()).toContain(status)
  expect(screen.getByTestId('ticket-invalid').textContent).toBe(words)
  for (const id of ['qr', 'badge', 'assign', 'unassigned']) expect(screen.queryByTestId(id)).toBeNull()
})

it('shows of a ticket that was passed on only that it was', () => {
  show({ passed_on: true, url: null, qr_url: null, badge_url: null })
  expect(screen.getByTestId('passed-on')).toBeTruthy()
  for (const id of ['qr', 'badge', 'assign', 'take-back', 'unassigned']) {
    expect(screen.queryByTestId(id)).toBeNull()
  }
})

it('lets a ticket that is offered only be taken back', () => {
  show({ transfer: { to: 'ola@example.com', until: '2100-01-01T00:00:00Z' } })
  expect(screen.getByTestId('in-transfer').textContent).toContain('ola@example.com')
  expect(screen.getByTestId('take-back').textContent).toContain('Take back')
  for (const id of ['qr', 'badge', 'assign']) expect(screen.queryByTestId(id)).toBeNull()
})

it('names the seat of a ticket that has one', () => {
  show({ seat: 'Stalls · 4 · 12', seat_id: 'stalls-4-12' })
  expect(screen.getByTestId('seat').textContent).toBe('Seat Stalls · 4 · 12')
})
