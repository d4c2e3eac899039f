import { fireEvent, render, screen } from '@testing-library/svelte'
import { beforeEach, expect, it, vi } from 'vitest'
import type { Role } from '../account'
import AccountPage from './AccountPage.svelte'
import type { Account, AccountPatch, OfficeApi } from './api'
import { screenOfTests } from './fixtures'

vi.mock('$app/navigation', () => ({ beforeNavigate: vi.fn(), goto: vi.fn() }))

beforeEach(screenOfTests)

const SELLER = {
  name: 'Northern Lights AS',
  address: 'Oslo',
  vat_id: null,
  iban: 'NO9386011117947',
  bic: null,
}
const account: Account = {
  id: 'o1',
  name: 'Northern Lights',
  seller: SELLER,
  created_at: '2027-03-01T10:00:00Z',
}

const write = (id: string, value: string) => fireEvent.input(screen.getByTestId(id), { target: { value } })
const press = async (id: string) => fireEvent.click(await screen.findByTestId(id))

function show(changeAccount: OfficeApi['changeAccount'], there = account, role: Role = 'owner') {
  const onchange = vi.fn()
  let kept = there
  const changed = async (patch: AccountPatch) => (kept = await changeAccount(patch))
  render(AccountPage, {
    api: { account: () => Promise.resolve(kept), changeAccount: changed },
    role,
    settings: account,
    onchange,
  })
  return onchange
}

it('sends only what was changed', async () => {
  const changeAccount = vi.fn<OfficeApi['changeAccount']>(() =>
    Promise.resolve({ ...account, name: 'Lights' }),
  )
  const onchange = show(changeAccount)
  expect(screen.queryByTestId('save-bar')).toBeNull()
  await write('account-name', 'Lights ')
  await press('save')
  await vi.waitFor(() => expect(onchange).toHaveBeenCalledOnce())
  expect(changeAccount).toHaveBeenCalledWith({ name: 'Lights' })
  await vi.waitFor(() => expect(screen.queryByTestId('save-bar')).toBeNull())
})

it('keeps what is typed while it is saved', async () => {
  let answer: ((account: Account) => void) | undefined
  const changeAccount = vi.fn<OfficeApi['changeAccount']>(() => new Promise((then) => (answer = then)))
  const onchange = show(changeAccount)
  await write('account-name', 'Lights')
  await press('save')
  await vi.waitFor(() => expect(changeAccount).toHaveBeenCalledOnce())
  await write('account-name', 'Lights of the North')
  await write('seller-address', 'Bergen')
  answer?.({ ...account, name: 'Lights' })
  await vi.waitFor(() => expect(onchange).toHaveBeenCalledOnce())
  expect(screen.getByTestId('account-name')).toHaveProperty('value', 'Lights of the North')
  await press('save')
  await vi.waitFor(() => expect(changeAccount).toHaveBeenCalledTimes(2))
  expect(changeAccount).toHaveBeenLastCalledWith({
    name: 'Lights of the North',
    seller: { ...SELLER, address: 'Bergen' },
  })
})

it('leaves a bank account as an owner has set it meanwhile', async () => {
  const there = { ...account, seller: { ...SELLER, iban: 'DE89370400440532013000' } }
  const changeAccount = vi.fn<OfficeApi['changeAccount']>(() => Promise.resolve(there))
  const onchange = show(changeAccount, there, 'manager')
  await write('seller-address', 'Bergen')
  await press('save')
  await vi.waitFor(() => expect(onchange).toHaveBeenCalledOnce())
  expect(changeAccount).toHaveBeenCalledWith({ seller: { ...there.seller, address: 'Bergen' } })
  expect(screen.getByTestId('seller-iban')).toHaveProperty('value', 'DE89370400440532013000')
})

it('tells what somebody else has changed, and takes it where that is wanted', async () => {
  const there = { ...account, seller: { ...SELLER, address: 'Theirs' } }
  const changeAccount = vi.fn<OfficeApi['changeAccount']>()
  show(changeAccount, there)
  await write('seller-address', 'Mine')
  await press('save')
  expect((await screen.findByTestId('clash')).textContent).toContain('Address')
  await press('take-theirs')
  expect(screen.getByTestId('seller-address')).toHaveProperty('value', 'Theirs')
  await vi.waitFor(() => expect(screen.queryByTestId('save-bar')).toBeNull())
  expect(changeAccount).not.toHaveBeenCalled()
})

it('asks for the name of who sells as soon as anything is said of him', async () => {
  const changeAccount = vi.fn<OfficeApi['changeAccount']>()
  show(changeAccount)
  await write('seller-name', ' ')
  await press('save')
  await vi.waitFor(() => expect(document.activeElement).toBe(screen.getByTestId('seller-name')))
  expect(screen.getByTestId('seller-name').getAttribute('aria-invalid')).toBe('true')
  expect(changeAccount).not.toHaveBeenCalled()
})
