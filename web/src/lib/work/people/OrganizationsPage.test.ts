import { fireEvent, render, screen } from '@testing-library/svelte'
import { beforeEach, expect, it, vi } from 'vitest'
import { aCompany, screenOfTests } from '../office/fixtures'
import type { Organization, PeopleApi } from './api'
import { anEvent, anOrganization, aPeopleApi, aRow } from './fixtures'
import OrganizationsPage from './OrganizationsPage.svelte'

beforeEach(screenOfTests)

const account = { id: 'o1', title: 'Northern Lights', role: 'manager' as const }

async function show(overrides: Partial<PeopleApi>) {
  const organizations = () => Promise.resolve({ items: [aRow()], cursor: null })
  render(OrganizationsPage, { api: aPeopleApi({ organizations, ...overrides }), account, event: anEvent() })
  await screen.findByTestId('organization-row')
}

async function open(tab: string) {
  await fireEvent.click(screen.getByTestId('open'))
  await screen.findByTestId('organization-tabs')
  await fireEvent.click(screen.getByTestId(`tab-${tab}`))
}

it('adds a company that does not take part yet, and opens it', async () => {
  const setOrganization = vi.fn<PeopleApi['setOrganization']>(() =>
    Promise.resolve({ event_id: 'e1', company_id: 'c2', role: 'partner' }),
  )
  const companies = () => Promise.resolve([aCompany(), aCompany({ id: 'c2', name: 'Nordlys' })])
  await show({ setOrganization, companies })
  await fireEvent.click(screen.getByTestId('add-organization'))
  await screen.findByText('Nordlys')
  const choice = screen.getByTestId<HTMLSelectElement>('organization-company')
  expect([...choice.options].map(({ value }) => value)).toEqual(['', 'c2'])
  await fireEvent.click(screen.getByTestId('organization-save'))
  expect(setOrganization).not.toHaveBeenCalled()
  await fireEvent.change(choice, { target: { value: 'c2' } })
  await fireEvent.change(screen.getByTestId('organization-role'), { target: { value: 'partner' } })
  await fireEvent.click(screen.getByTestId('organization-save'))
  await vi.waitFor(() => expect(setOrganization).toHaveBeenCalledWith('c2', { role: 'partner' }))
  await screen.findByTestId('organization-panel')
})

it('shows how far the tickets of a company are', async () => {
  await show({})
  await open('tickets')
  const states = screen.getByTestId('organization-states')
  expect(states.querySelector('[data-state=not_distributed]')?.getAttribute('data-count')).toBe('6')
  await screen.findByTestId('no-orders')
})

/** The part of a company that is set as a whole, as it stands at first. */
function aPart(overrides: Partial<Organization>) {
  let there = anOrganization(overrides)
  const change = (part: Partial<Organization>) => (there = { ...there, ...part })
  const setOrganization = vi.fn<PeopleApi['setOrganization']>((company_id, part) => {
    const set = { role: 'other' as const, ...part }
    change(set)
    return Promise.resolve({ event_id: 'e1', company_id, ...set })
  })
  return { change, setOrganization, organization: () => Promise.resolve(there) }
}

it('keeps the part of a company as a whole, with what somebody else has changed of it', async () => {
  const { change, setOrganization, organization } = aPart({ notes: 'Hall 2' })
  await show({ setOrganization, organization })
  await open('part')
  change({ role: 'partner' })
  await fireEvent.input(screen.getByTestId('part-days'), { target: { value: '400' } })
  await fireEvent.click(screen.getByTestId('part-save'))
  const days = screen.getByTestId('part-days')
  await vi.waitFor(() => expect(document.activeElement).toBe(days))
  expect(days.getAttribute('aria-invalid')).toBe('true')
  await fireEvent.input(screen.getByTestId('part-days'), { target: { value: '30' } })
  await fireEvent.click(screen.getByTestId('part-save'))
  await vi.waitFor(() =>
    expect(setOrganization).toHaveBeenCalledWith(
      'c1',
      expect.objectContaining({ role: 'partner', invoice_days: 30, notes: 'Hall 2' }),
    ),
  )
  expect(setOrganization).toHaveBeenCalledOnce()
  await vi.waitFor(() => expect(screen.getByTestId('part-role')).toHaveProperty('value', 'partner'))
})

it('tells that somebody else has changed the same of a part, and overwrites it only where that is wanted', async () => {
  const { change, setOrganization, organization } = aPart({ contact: null })
  await show({ setOrganization, organization })
  await open('part')
  await fireEvent.input(screen.getByTestId('contact-name'), { target: { value: 'Mine' } })
  change({ contact: { name: 'Theirs', email: '', phone: null }, notes: 'Hall 2' })
  await fireEvent.click(screen.getByTestId('part-save'))
  expect((await screen.findByTestId('clash')).textContent).toContain('Contact for this event')
  expect(setOrganization).not.toHaveBeenCalled()
  await fireEvent.click(screen.getByTestId('keep-mine'))
  const contact = { name: 'Mine', email: '', phone: null }
  await vi.waitFor(() =>
    expect(setOrganization).toHaveBeenCalledWith('c1', expect.objectContaining({ contact, notes: 'Hall 2' })),
  )
  expect(screen.getByTestId('organization-panel')).toBeTruthy()
})

it('sets tickets apart for a company, under one key', async () => {
  const addAllotment = vi.fn<PeopleApi['addAllotment']>()
  addAllotment.mockRejectedValueOnce(new TypeError('failed to fetch'))
  addAllotment.mockResolvedValueOnce({} as Awaited<ReturnType<PeopleApi['addAllotment']>>)
  await show({ addAllotment })
  await open('allotments')
  await fireEvent.click(await screen.findByTestId('add-allotment'))
  await fireEvent.input(screen.getByTestId('allotment-title'), { target: { value: 'Sponsors' } })
  await fireEvent.change(screen.getByTestId('allotment-tier'), { target: { value: 't1' } })
  await fireEvent.input(screen.getByTestId('allotment-units'), { target: { value: '12' } })
  await fireEvent.click(screen.getByTestId('allotment-save'))
  await screen.findByTestId('allotment-problem')
  await fireEvent.click(screen.getByTestId('allotment-save'))
  await vi.waitFor(() => expect(addAllotment).toHaveBeenCalledTimes(2))
  const [first, second] = addAllotment.mock.calls
  expect(second).toEqual(first)
  expect(first?.[1]).toMatchObject({ company_id: 'c1', tier_id: 't1', units: 12, terms: { price: 'free' } })
})
