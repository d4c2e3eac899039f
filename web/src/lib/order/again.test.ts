import { beforeEach, expect, it } from 'vitest'
import { aPlacedOrder, eur } from '$lib/fixtures'
import { loadDraft, saveDraft } from '$lib/purchase/draft'
import { chooseAgain } from './again'

const line = {
  tier_id: 'tier',
  tier_title: 'Standard',
  price_id: 'price',
  label: '',
  quantity: 2,
  unit: eur(500),
  discount: eur(0),
  tax: eur(0),
  total: eur(1000),
}
const order = aPlacedOrder({ status: 'expired', lines: [line] })

beforeEach(() => sessionStorage.clear())

it('brings what an order had back to the event’s page, with who had ordered it', () => {
  chooseAgain(order)
  expect(loadDraft('summer-fair')).toMatchObject({
    email: 'kari@example.com',
    name: 'Kari Nordmann',
    quantities: { 'tier/price': 2 },
  })
})

it('leaves alone what is chosen there by now', () => {
  saveDraft('summer-fair', { ...loadDraft('summer-fair'), quantities: { 'other/price': 1 } })
  chooseAgain(order)
  expect(loadDraft('summer-fair').quantities).toEqual({ 'other/price': 1 })
})
