import { fireEvent, render, screen } from '@testing-library/svelte'
import { beforeEach, expect, it, vi } from 'vitest'
import { Problem } from '$lib/api/problem'
import type { OfficeApi } from './api'
import CompanyPage from './CompanyPage.svelte'
import { aCompany, anOffice, screenOfTests } from './fixtures'

vi.mock('$app/navigation', () => ({ beforeNavigate: vi.fn(), goto: vi.fn() }))

beforeEach(screenOfTests)

const relay = { company_id: 'c1', email: 'ingrid@example.com', name: 'Ingrid', primary: true }

async function show(overrides: Partial<OfficeApi>) {
  const api = anOffice({ relays: () => Promise.resolve([relay]), ...overrides })
  render(CompanyPage, { api, company: aCompany(), back: '/back' })
  await screen.findByTestId('relay')
}

it('says what holds for a company, and sends what was changed alone', async () => {
  const changeCompany = vi.fn<OfficeApi['changeCompany']>((_, patch) =>
    Promise.resolve(aCompany(patch as Partial<ReturnType<typeof aCompany>>)),
  )
  await show({ changeCompany })
  expect(screen.queryByTestId('save-bar')).toBeNull()
  await fireEvent.change(screen.getByTestId('switch-distribution_enabled'), { target: { value: 'off' } })
  await fireEvent.click(await screen.findByTestId('save'))
  await vi.waitFor(() => expect(changeCompany).toHaveBeenCalledWith('c1', { distribution_enabled: false }))
  await vi.waitFor(() => expect(screen.queryByTestId('save-bar')).toBeNull())
})

it('shows a refused switch beside its field, and what was chosen stays', async () => {
  const refused = new Problem(422, 'invalid_input', 'Some entries are not right.', [
    { field: 'take_back_downloaded', message: 'can’t be above take_back' },
  ])
  await show({ changeCompany: () => Promise.reject(refused) })
  const field = screen.getByTestId('switch-take_back_downloaded')
  await fireEvent.change(field, { target: { value: 'relay_and_public' } })
  await fireEvent.click(await screen.findByTestId('save'))
  await screen.findByText('can’t be above take_back')
  expect(field).toHaveProperty('value', 'relay_and_public')
})

it('names another relay, and makes nobody primary who is not chosen to be', async () => {
  const nameRelay = vi.fn<OfficeApi['nameRelay']>(() => Promise.resolve(relay))
  await show({ nameRelay })
  await fireEvent.click(screen.getByTestId('add-relay'))
  await fireEvent.input(screen.getByTestId('relay-name'), { target: { value: 'Jonas' } })
  await fireEvent.input(screen.getByTestId('relay-email'), { target: { value: 'jonas@example.com' } })
  await fireEvent.click(screen.getByTestId('relay-save'))
  await vi.waitFor(() => expect(nameRelay).toHaveBeenCalledWith('c1', 'jonas@example.com', { name: 'Jonas' }))
})
