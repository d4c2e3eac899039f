import { fireEvent, render, screen } from '@testing-library/svelte'
import { beforeEach, expect, it, vi } from 'vitest'
import { Problem } from '$lib/api/problem'
import type { Company, OfficeApi } from './api'
import CompanyPage from './CompanyPage.svelte'
import { aCompany, anOffice, screenOfTests } from './fixtures'

vi.mock('$app/navigation', () => ({ beforeNavigate: vi.fn(), goto: vi.fn() }))

beforeEach(screenOfTests)

const relay = { company_id: 'c1', email: 'ingrid@example.com', name: 'Ingrid', primary: true }

const write = (id: string, value: string) => fireEvent.input(screen.getByTestId(id), { target: { value } })
const press = async (id: string) => fireEvent.click(await screen.findByTestId(id))

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

it('keeps what is typed while it is saved', async () => {
  let answer: ((company: Company) => void) | undefined
  let kept = aCompany()
  const changeCompany = vi.fn<OfficeApi['changeCompany']>(
    async () => (kept = await new Promise<Company>((then) => (answer = then))),
  )
  await show({ company: () => Promise.resolve(kept), changeCompany })
  await write('company-notes', 'Met in Oslo')
  await press('save')
  await vi.waitFor(() => expect(changeCompany).toHaveBeenCalledWith('c1', { notes: 'Met in Oslo' }))
  await write('company-notes', 'Met in Oslo twice')
  await write('contact-name', 'Ada')
  answer?.(aCompany({ notes: 'Met in Oslo' }))
  await vi.waitFor(() => expect(screen.getByTestId('save').getAttribute('aria-busy')).toBeNull())
  expect(screen.getByTestId('company-notes')).toHaveProperty('value', 'Met in Oslo twice')
  await press('save')
  const later = { notes: 'Met in Oslo twice', contact: { name: 'Ada', email: '', phone: null } }
  await vi.waitFor(() => expect(changeCompany).toHaveBeenLastCalledWith('c1', later))
})

it('tells what somebody else has changed, and overwrites it only where that is wanted', async () => {
  const theirs = aCompany({ notes: 'Theirs', name: 'Fjord Group' })
  const changeCompany = vi.fn<OfficeApi['changeCompany']>(() => Promise.resolve({ ...theirs, notes: 'Mine' }))
  await show({ company: () => Promise.resolve(theirs), changeCompany })
  await write('company-notes', 'Mine')
  await press('save')
  expect((await screen.findByTestId('clash')).textContent).toContain('Notes')
  expect(screen.getByTestId('clash').parentElement).toBe(document.activeElement)
  expect(changeCompany).not.toHaveBeenCalled()
  expect(screen.getByTestId('company-name')).toHaveProperty('value', 'Fjord Group')
  await press('keep-mine')
  await vi.waitFor(() => expect(changeCompany).toHaveBeenCalledWith('c1', { notes: 'Mine' }))
})

it('says why a company stays in the archive', async () => {
  const refused = new Problem(503, 'unavailable', 'Not now.')
  const api = anOffice({ changeCompany: () => Promise.reject(refused) })
  render(CompanyPage, { api, company: aCompany({ archived: true }), back: '/back' })
  await press('unarchive-company')
  expect((await screen.findByTestId('archive-problem')).textContent).toContain('Not now.')
  expect(screen.getByTestId('archived')).toBeTruthy()
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
