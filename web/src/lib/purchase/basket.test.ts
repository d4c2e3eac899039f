import { describe, expect, it } from 'vitest'
import { anEvent, aPrice, aQuote, aTier, eur } from '$lib/fixtures'
import {
  carryOver,
  choiceFaults,
  choicesOf,
  linesOf,
  methodsOf,
  mostOf,
  step,
  subtotalOf,
  withOpened,
} from './basket'

const free = aTier({ id: 'free', prices: [aPrice({ id: 'f', amount: eur(0), payment_methods: ['free'] })] })
const both = aTier({ id: 'both', prices: [aPrice({ id: 'b', payment_methods: ['card', 'invoice'] })] })
const card = aTier({ id: 'card', prices: [aPrice({ id: 'c', amount: eur(2500) })] })
const event = anEvent([free, both, card])

describe('choices', () => {
  it('follow the order of the page and leave out what is not chosen', () => {
    const choices = choicesOf(event, { 'card/c': 2, 'free/f': 1, 'both/b': 0, 'gone/x': 3 })
    expect(linesOf(choices)).toEqual([
      { tier_id: 'free', price_id: 'f', quantity: 1 },
      { tier_id: 'card', price_id: 'c', quantity: 2 },
    ])
    expect(subtotalOf(choices)).toEqual(eur(5000))
  })

  it('cost what the buyer types where he may', () => {
    const page = anEvent([aTier({ prices: [aPrice({ floor: eur(500) })] })])
    const typed = (amount: string) => choicesOf(page, { 'tier/price': 2 }, { 'tier/price': amount })
    expect(linesOf(typed('7,50'))).toEqual([
      { tier_id: 'tier', price_id: 'price', quantity: 2, unit: eur(750) },
    ])
    expect(subtotalOf(typed('7.50'))).toEqual(eur(1500))
    expect(typed('seven')[0]?.unit).toBeUndefined()
    expect(typed('4.99')[0]?.unit).toBeUndefined()
  })

  it('name the seats that were picked, and never leave out one for being too few', () => {
    const page = anEvent([aTier()])
    const picked = (seats: string[]) => choicesOf(page, { 'tier/price': 2 }, {}, { 'tier/price': seats })
    expect(linesOf(picked(['A-1-1', 'A-1-2', 'A-1-3']))[0]?.seats).toEqual(['A-1-1', 'A-1-2'])
    expect(linesOf(picked(['A-1-1']))[0]?.seats).toEqual(['A-1-1'])
    expect(choiceFaults(picked(['A-1-1'])).map(({ field }) => field)).toEqual(['lines[0].seats'])
    expect(choiceFaults(choicesOf(page, { 'tier/price': 2 }))).toEqual([])
  })

  it('lack all their seats where each is picked on the map and none is', () => {
    const again = choicesOf(anEvent([aTier({ seat_choice: 'pick' })]), { 'tier/price': 2 })
    expect(choiceFaults(again).map(({ field }) => field)).toEqual(['lines[0].seats'])
  })

  it('can be made among what is opened for the buyer', () => {
    const opened = aTier({ id: 'crew', prices: [aPrice({ id: 'c' })] })
    const page = withOpened(anEvent([aTier({ state: 'locked', prices: [] })]), [aTier(), opened])
    expect(page.categories.map(({ title }) => title)).toEqual(['For you', 'General'])
    expect(choicesOf(page, { 'tier/price': 1, 'crew/c': 1 })).toHaveLength(2)
  })

  it('move to the first price of the tier when theirs is gone', () => {
    const early = aPrice({ id: 'early', amount: eur(800) })
    const regular = aPrice({ id: 'regular' })
    const before = { 'tier/early': 2, 'tier/regular': 1, 'gone/x': 1 }
    const sum = (one: number, other: number) => one + other
    expect(carryOver(anEvent([aTier({ prices: [early, regular] })]), before, sum)).toEqual({
      'tier/early': 2,
      'tier/regular': 1,
    })
    expect(carryOver(anEvent([aTier({ prices: [regular] })]), before, sum)).toEqual({ 'tier/regular': 3 })
  })
})

describe('payment methods', () => {
  it('are those that all chosen prices share', () => {
    expect(methodsOf(choicesOf(event, { 'both/b': 1 }))).toEqual(['card', 'invoice'])
    expect(methodsOf(choicesOf(event, { 'both/b': 1, 'card/c': 1 }))).toEqual(['card'])
  })

  it('are not narrowed by a free ticket', () => {
    expect(methodsOf(choicesOf(event, { 'free/f': 1, 'card/c': 1 }))).toEqual(['card'])
  })

  it('are only "free" when nothing is to pay', () => {
    expect(methodsOf(choicesOf(event, { 'free/f': 2 }))).toEqual(['free'])
    expect(methodsOf(choicesOf(event, { 'card/c': 1 }), aQuote(0))).toEqual(['free'])
  })

  it('are what the server says once it has said it', () => {
    const quote = aQuote(1000, { payment_methods: ['invoice'] })
    expect(methodsOf(choicesOf(event, { 'both/b': 1 }), quote)).toEqual(['invoice'])
  })
})

describe('quantities', () => {
  it('are bounded by the price, the guest, and what is left', () => {
    const price = aPrice({ max: 5 })
    expect(mostOf(aTier(), price, {})).toBe(5)
    expect(mostOf(aTier({ ticket_limit_per: 2 }), price, {})).toBe(2)
    expect(mostOf(aTier({ available: 1 }), price, {})).toBe(1)
    expect(mostOf(aTier({ state: 'sold_out' }), price, {})).toBe(0)
  })

  it("share the tier's limit among its prices", () => {
    const [first, second] = [aPrice({ id: 'first' }), aPrice({ id: 'second' })]
    const tier = aTier({ ticket_limit_per: 4, prices: [first, second] })
    expect(mostOf(tier, first, { 'tier/second': 3 })).toBe(1)
  })

  it('of an add-on are no more than of what it adds to', () => {
    const price = aPrice({ id: 'book' })
    const addOn = aTier({ id: 'proceedings', add_on_of: 'tier', prices: [price] })
    expect(mostOf(addOn, price, {})).toBe(0)
    expect(mostOf(addOn, price, { 'tier/price': 2 })).toBe(2)
  })

  it('jump over what lies below the minimum', () => {
    expect(step(0, 1, 3, 10)).toBe(3)
    expect(step(3, 1, 3, 10)).toBe(4)
    expect(step(3, -1, 3, 10)).toBe(0)
    expect(step(10, 1, 1, 10)).toBe(10)
    expect(step(0, -1, 1, 10)).toBe(0)
  })

  it('never jump above the most, and come down to it when it has sunk', () => {
    expect(step(0, 1, 3, 2)).toBe(0)
    expect(step(4, 1, 1, 2)).toBe(4)
    expect(step(4, -1, 1, 2)).toBe(2)
  })
})
