import { expect, it } from 'vitest'
import { allotmentForm, allotmentOf, faultsOf } from './allotment-form'

const entered = { ...allotmentForm(), title: ' Partners ', tier_id: 't1', units: '12' }

it('is paid by invoice if it costs something, and not at all if it is free', () => {
  expect(allotmentOf(entered, 'EUR', 'c1')).toEqual({
    title: 'Partners',
    tier_id: 't1',
    units: 12,
    company_id: 'c1',
    terms: { price: 'free', payment: 'none', until: null },
  })
  expect(allotmentOf({ ...entered, price: 'amount', amount: 4900 }, 'EUR', 'c1').terms).toEqual({
    price: { amount: 4900, currency: 'EUR' },
    payment: 'invoice',
    until: null,
  })
  expect(allotmentOf({ ...entered, price: 'list' }, 'EUR', 'c1').terms?.payment).toBe('invoice')
})

it('names the fields that lack something', () => {
  expect(faultsOf(entered)).toEqual([])
  expect(faultsOf({ ...allotmentForm(), units: '-1', price: 'amount', amount: 0 })).toEqual([
    'title',
    'tier_id',
    'units',
    'amount',
  ])
})

it('shows what was agreed on', () => {
  const terms = { price: { amount: 4900, currency: 'EUR' }, payment: 'invoice' as const, until: null }
  const allotment = {
    id: 'a',
    title: 'A',
    tier_id: 't1',
    company_id: 'c1',
    units: 3,
    taken: 1,
    terms,
    ended_at: null,
  }
  expect(allotmentForm(allotment)).toMatchObject({ price: 'amount', amount: 4900, units: '3' })
})
