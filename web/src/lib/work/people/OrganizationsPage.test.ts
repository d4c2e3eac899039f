import { fireEvent, render, screen } from '@testing-library/svelte'
import { beforeEach, expect, it, vi } from 'vitest'
import { aCompany, screenOfTests } from '../office/fixtures'
import type { PeopleApi } from './api'
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

it('keeps the part of a company as a whole', async () => {
  const setOrganization = vi.fn<PeopleApi['setOrganization']>(() =>
    Promise.resolve({ event_id: 'e1', company_id: 'c1', role: 'sponsor' }),
  )
  await show({ setOrganization, organization: () => Promise.resolve(anOrganization({ notes: 'Hall 2' })) })
  await open('part')
  await fireEvent.input(screen.getByTestId('part-days'), { target: { value: '400' } })
  await fireEvent.click(screen.getByTestId('part-save'))
  expect(screen.getByTestId('part-days').getAttribute('aria-invalid')).toBe('true')
  await fireEvent.input(screen.getByTestId('part-days'), { target: { value: '30' } })
  await fireEvent.click(screen.getByTestId('part-save'))
  await vi.waitFor(() =>
    expect(setOrganization).toHaveBeenCalledWith(
      'c1',
      expect.objectContaining({ role: 'sponsor', invoice_days: 30, notes: 'Hall 2' }),
    ),
  )
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
