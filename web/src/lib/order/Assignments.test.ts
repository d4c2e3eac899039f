import { fireEvent, render, screen } from '@testing-library/svelte'
import { expect, it, vi } from 'vitest'
import type { Api } from '$lib/api/client'
import type { Ticket } from '$lib/api/types'
import { aPlacedOrder, aTicket } from '$lib/fixtures'
import Assignments from './Assignments.svelte'

const holder = { name: 'Kari', email: 'kari@example.com' }
const tickets = [
  aTicket({ id: 'o-1', number: 1, holder }),
  aTicket({ id: 'o-2', number: 2 }),
  aTicket({ id: 'o-3', number: 3 }),
  aTicket({ id: 'o-4', number: 4, passed_on: true }),
  aTicket({ id: 'o-5', number: 5, status: 'cancelled' }),
]

function show(shown: Ticket[], more: Partial<Api> = {}) {
  const api = { claimLinks: vi.fn().mockResolvedValue({ items: [], cursor: null }), ...more }
  const order = aPlacedOrder({ tickets: shown })
  render(Assignments, { api: api as unknown as Api, order, orderKey: 'secret', onchange: vi.fn() })
  return api
}

it('counts the tickets that have no name, of those that are the buyer’s to give', () => {
  show(tickets)
  expect(screen.getByTestId('unnamed').textContent.trim()).toBe('2 of 3 tickets without a name')
})

it('says when all of them have one', () => {
  show([aTicket({ id: 'o-1', holder }), aTicket({ id: 'o-2', number: 2, holder })])
  expect(screen.getByTestId('unnamed').textContent.trim()).toBe('All 2 tickets have a name')
})

it('makes a link to the nameless tickets, and shows it', async () => {
  const link = {
    id: 'link',
    event_id: 'event',
    tier_title: 'Standard',
    left: 2,
    domains: ['example.com'],
    until: '2100-01-01T00:00:00Z',
    open: true,
    url: 'https://tickets.example/claims/link#key=k',
    tickets: ['o-2', 'o-3'],
    created_by: 'buyer',
    created_at: '2026-06-01T10:00:00Z',
  }
  const makeClaimLink = vi.fn().mockResolvedValue(link)
  const { claimLinks } = show(tickets, { makeClaimLink })
  const form = await screen.findByTestId('claim-link-form')
  await fireEvent.input(screen.getByTestId('claim-domains'), { target: { value: '@example.com' } })
  vi.mocked(claimLinks).mockResolvedValue({ items: [link], cursor: null })
  await vi.waitFor(async () => {
    await fireEvent.submit(form)
    expect(makeClaimLink).toHaveBeenCalledOnce()
  })
  expect(makeClaimLink.mock.calls[0]?.slice(-1)).toEqual([
    { tickets: ['o-2', 'o-3'], domains: ['example.com'] },
  ])
  expect(((await screen.findByTestId('claim-link-url')) as HTMLInputElement).value).toBe(link.url)
  expect(screen.queryByTestId('claim-link-form')).toBeNull()
})
