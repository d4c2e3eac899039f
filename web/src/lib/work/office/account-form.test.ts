import { expect, it } from 'vitest'
import { accountForm, accountPatch } from './account-form'

const account = { id: 'o1', name: 'Northern Lights', seller: null, created_at: '2027-03-01T10:00:00Z' }

it('names no seller where nothing is said of one', () => {
  expect(accountPatch(accountForm(account))).toEqual({ name: 'Northern Lights', seller: null })
})

it('takes a bank account as people type it', () => {
  const form = {
    ...accountForm(account),
    seller: 'Northern Lights AS',
    iban: 'no93 8601 1117 947',
    bic: ' dnbanokk ',
  }
  expect(accountPatch(form).seller).toEqual({
    name: 'Northern Lights AS',
    address: '',
    vat_id: null,
    iban: 'NO9386011117947',
    bic: 'DNBANOKK',
  })
})
