import { render, screen } from '@testing-library/svelte'
import { expect, it } from 'vitest'
import type { Ticket } from '$lib/api/types'
import { aTicket } from '$lib/fixtures'
import type { OrderWatch } from '$lib/order/watch.svelte'
import TicketCard from './TicketCard.svelte'

const show = (ticket: Partial<Ticket>) =>
  render(TicketCard, { ticket: aTicket(ticket), watch: {} as OrderWatch })

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
