import { expect, it } from 'vitest'
import { accountForm, accountPatch, sellerOf } from './account-form'

const account = { id: 'o1', name: 'Northern Lights', seller: null, created_at: '2027-03-01T10:00:00Z' }
const there = accountForm({ ...account, seller: { name: 'Northern Lights AS', iban: 'NO9386011117947' } })

it('says nothing of a seller where nothing of him was changed', () => {
  expect(accountPatch({ name: ' Southern Lights ' }, there)).toEqual({ name: 'Southern Lights' })
})

it('sends who sells as a whole, with what somebody else has said of him meanwhile', () => {
  expect(accountPatch({ address: 'Karl Johans gate 1' }, there)).toEqual({
    seller: {
      name: 'Northern Lights AS',
      address: 'Karl Johans gate 1',
      vat_id: null,
      iban: 'NO9386011117947',
      bic: null,
    },
  })
})

it('names no seller where nothing is said of one', () => {
  expect(sellerOf(accountForm(account))).toBeNull()
  expect(accountPatch({ seller: ' ', iban: '' }, there)).toEqual({ seller: null })
})

it('takes a bank account as people type it', () => {
  const typed = { iban: 'no93 8601 1117 947', bic: ' dnbanokk ' }
  expect(accountPatch(typed, there).seller).toMatchObject({ iban: 'NO9386011117947', bic: 'DNBANOKK' })
})
