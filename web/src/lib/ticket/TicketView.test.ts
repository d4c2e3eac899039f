import { fireEvent, render, screen } from '@testing-library/svelte'
import { expect, it, vi } from 'vitest'
import type { Api } from '$lib/api/client'
import { Problem } from '$lib/api/problem'
import type { TicketPage } from '$lib/api/types'
import { aQuestion, aTicketPage } from '$lib/fixtures'
import { ShownTicket } from './shown.svelte'
import TicketView from './TicketView.svelte'

vi.mock('$app/navigation', () => ({ pushState: vi.fn() }))
vi.mock('$app/state', () => ({ page: { state: {} } }))

const holder = { name: 'Kari', email: 'kari@example.com', company: 'Fjord', title: null }

function show(ticket: Partial<TicketPage>, api: Partial<Api> = {}) {
  const shown = new ShownTicket(api as Api, 'order-1', 'secret')
  const { rerender } = render(TicketView, { ticket: aTicketPage(ticket), api: api as Api, shown })
  const take = shown.take.bind(shown)
  shown.take = (page) => {
    take(page)
    void rerender({ ticket: page })
  }
}

const fill = (id: string, value: string) => fireEvent.input(screen.getByTestId(id), { target: { value } })

it('shows no code while the ticket is offered, but to whom and until when', () => {
  show({ transfer: { to: 'ola@example.com', until: '2100-01-01T00:00:00Z' }, apple_pass_url: '/pass' })
  expect(screen.getByTestId('in-transfer').textContent).toContain('ola@example.com')
  for (const id of ['qr', 'badge', 'apple-wallet']) expect(screen.queryByTestId(id)).toBeNull()
  expect(screen.getByTestId('calendar').getAttribute('href')).toBe('/calendar.ics')
})

it('shows the code again when the time of an offer is over', async () => {
  show({ transfer: { to: 'ola@example.com', until: '2000-01-01T00:00:00Z' } })
  expect(await screen.findByTestId('qr')).toBeTruthy()
})

it('links to the wallets that there are', () => {
  show({ google_pass_url: '/google' })
  expect(screen.getByTestId('google-wallet').getAttribute('href')).toBe('/google')
  expect(screen.queryByTestId('apple-wallet')).toBeNull()
})

it('takes what its holder says of himself, and clears what he has emptied', async () => {
  const changed = aTicketPage({ holder: { ...holder, name: 'Kari Nordmann', company: null } })
  const aboutMe = vi.fn().mockResolvedValue(changed)
  show({ holder, questions: [aQuestion({ asked_of: 'attendee' })] }, { aboutMe })
  await fireEvent.click(screen.getByTestId('edit-about'))
  await fill('holder-name', ' Kari Nordmann ')
  await fill('holder-company', '')
  await fill('answer', 'Vegan')
  await fireEvent.submit(screen.getByTestId('holder-form'))
  expect(await screen.findByTestId('about-saved')).toBeTruthy()
  expect(aboutMe).toHaveBeenCalledWith('order-1', 'secret', {
    name: 'Kari Nordmann',
    company: null,
    answers: { diet: 'Vegan' },
  })
  expect(screen.getByTestId('holder').textContent).toBe('Kari Nordmann')
})

it('shows what is wrong with an answer at its field', async () => {
  const faults = [{ field: 'answers.diet', message: 'must be 20 characters at most' }]
  const aboutMe = vi.fn().mockRejectedValue(new Problem(422, 'invalid_request', 'Look again', faults))
  show({ holder, questions: [aQuestion({ asked_of: 'attendee' })] }, { aboutMe })
  await fireEvent.click(screen.getByTestId('edit-about'))
  await fireEvent.submit(screen.getByTestId('holder-form'))
  expect(await screen.findByText('must be 20 characters at most')).toBeTruthy()
  expect(screen.getByTestId('answer').getAttribute('aria-invalid')).toBe('true')
})

it('claims a perk that waits to be asked for', async () => {
  const perk = { number: 1, title: 'Lunch', provider: 'voucher', state: 'pending', reference: null } as const
  const claimed = aTicketPage({ grants: [{ ...perk, state: 'claimed', reference: 'LUNCH-7' }] })
  const claimPerk = vi.fn().mockResolvedValue(claimed)
  show({ grants: [perk] }, { claimPerk })
  await fireEvent.click(screen.getByTestId('claim-perk'))
  expect(await screen.findByText('LUNCH-7')).toBeTruthy()
  expect(claimPerk).toHaveBeenCalledWith('order-1', 'secret', 1)
})

it('names the seat, if the ticket has one', () => {
  show({ seat: 'Stalls · 4 · 12', seat_id: 'stalls-4-12' })
  expect(screen.getByTestId('seat').textContent).toBe('Stalls · 4 · 12')
})
