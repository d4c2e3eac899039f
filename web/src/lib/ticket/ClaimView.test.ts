import { fireEvent, render, screen } from '@testing-library/svelte'
import { expect, it, vi } from 'vitest'
import type { Api } from '$lib/api/client'
import { Problem } from '$lib/api/problem'
import type { ClaimPage } from '$lib/api/types'
import { aQuestion, aTicketPage } from '$lib/fixtures'
import ClaimView from './ClaimView.svelte'

const aClaim = (overrides: Partial<ClaimPage> = {}): ClaimPage => ({
  id: 'link',
  event_id: 'event',
  event: aTicketPage().event,
  tier_title: 'Standard',
  left: 3,
  domains: [],
  until: '2100-01-01T00:00:00Z',
  open: true,
  questions: [],
  ...overrides,
})

async function show(page: Partial<ClaimPage>, more: Partial<Api> = {}) {
  const claimPage = vi.fn().mockResolvedValue(aClaim(page))
  render(ClaimView, { api: { claimPage, ...more } as Partial<Api> as Api, linkId: 'link', key: 'secret' })
  return { claimPage, section: await screen.findByTestId('claim') }
}

const fill = (id: string, value: string) => fireEvent.input(screen.getByTestId(id), { target: { value } })

it('gives a ticket to who tells his name and address and what is asked of him', async () => {
  const claimTicket = vi.fn().mockResolvedValue({ sent: true, tier_title: 'Standard' })
  const consent = aQuestion({ id: 'terms', kind: 'yes_no', consent: true, required: true, title: 'I agree' })
  const later = aQuestion({ id: 'later', asked_at: 'later' })
  await show({ questions: [consent, later] }, { claimTicket })
  await fill('holder-name', 'Ada')
  await fill('holder-email', 'ada@example.com')
  await fireEvent.click(screen.getByLabelText('I agree'))
  expect(screen.getAllByTestId('question')).toHaveLength(1)
  await fireEvent.submit(screen.getByTestId('holder-form'))
  expect((await screen.findByTestId('claimed')).textContent).toContain('ada@example.com')
  expect(claimTicket).toHaveBeenCalledWith('link', 'secret', {
    name: 'Ada',
    email: 'ada@example.com',
    answers: { terms: true },
  })
})

it('says whose addresses it is for', async () => {
  const { section } = await show({ domains: ['example.com'] })
  expect(section.textContent).toContain('Your address at example.com.')
})

it('says that there is none left', async () => {
  await show({ open: false, left: 0, tier_title: '' })
  expect(screen.getByTestId('claim-ended')).toBeTruthy()
  expect(screen.queryByTestId('holder-form')).toBeNull()
})

it('says so too when the last one went meanwhile', async () => {
  const claimTicket = vi.fn().mockRejectedValue(new Problem(409, 'claim_ended', 'None is left'))
  const { claimPage } = await show({}, { claimTicket })
  claimPage.mockResolvedValue(aClaim({ open: false, left: 0 }))
  await fill('holder-email', 'ada@example.com')
  await fireEvent.submit(screen.getByTestId('holder-form'))
  expect(await screen.findByTestId('claim-ended')).toBeTruthy()
})

it('sees itself that an address is none', async () => {
  const claimTicket = vi.fn()
  await show({}, { claimTicket })
  await fill('holder-email', 'ada@example')
  await fireEvent.submit(screen.getByTestId('holder-form'))
  await vi.waitFor(() => expect(screen.getByTestId('holder-email').getAttribute('aria-invalid')).toBe('true'))
  expect(claimTicket).not.toHaveBeenCalled()
  expect(screen.queryByTestId('holder-problem')).toBeNull()
})
