import { describe, expect, it } from 'vitest'
import { aPrice, aTier, anEvent, eur } from '$lib/fixtures'
import { cheapest, shelvesOf } from './shelves'

const titles = (event: ReturnType<typeof anEvent>) =>
  shelvesOf(event).map(({ tiers }) => tiers.map((tier) => tier.title))

describe('the shelves of the page', () => {
  it('have add-ons right after the tier that they belong to, whatever their category', () => {
    const event = anEvent([aTier({ id: 'pass', title: 'Pass' }), aTier({ id: 'day', title: 'Day' })])
    const book = aTier({ id: 'book', title: 'Book', add_on_of: 'pass' })
    event.categories.push({ id: 'extras', title: 'Extras', description: '', position: 1, tiers: [book] })
    expect(titles(event)).toEqual([['Pass', 'Book', 'Day']])
  })

  it('keep an add-on in its place when its tier is not to be seen', () => {
    expect(titles(anEvent([aTier({ title: 'Book', add_on_of: 'hidden' })]))).toEqual([['Book']])
  })
})

describe('the least that a ticket costs', () => {
  const at = (...amounts: number[]) =>
    anEvent(amounts.map((amount) => aTier({ prices: [aPrice({ amount: eur(amount) })] })))

  it('is the lowest price, and says when there are free ones', () => {
    expect(cheapest(at(4900, 1200))).toEqual({ free: false, paid: eur(1200) })
    expect(cheapest(at(4900, 0))).toEqual({ free: true, paid: eur(4900) })
    expect(cheapest(at(0))).toEqual({ free: true, paid: undefined })
  })

  it('counts the floor where one pays what one wants', () => {
    const tier = aTier({ prices: [aPrice({ amount: eur(6000), floor: eur(1000) })] })
    expect(cheapest(anEvent([tier]))).toEqual({ free: false, paid: eur(1000) })
  })

  it('leaves out add-ons and what is not sold any more', () => {
    const extra = aTier({ id: 'extra', add_on_of: 'tier', prices: [aPrice({ amount: eur(100) })] })
    const gone = aTier({ id: 'gone', state: 'ended', prices: [aPrice({ amount: eur(200) })] })
    expect(cheapest(anEvent([aTier(), extra, gone]))).toEqual({ free: false, paid: eur(1000) })
    expect(cheapest(anEvent([]))).toBeUndefined()
  })

  it('is nothing where all is sold out', () => {
    expect(cheapest(anEvent([aTier({ state: 'sold_out' })]))).toBeUndefined()
  })
})
