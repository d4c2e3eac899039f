import { beforeEach, expect, test, vi } from 'vitest'
import { Problem } from '$lib/api/problem'
import type { BestSeatsRequest, Tier } from '$lib/api/types'
import { anEvent, aPrice, aQuote, aTier } from '$lib/fixtures'
import { Purchase } from '$lib/purchase/purchase.svelte'
import { aPlan, aSection, seatIn } from './fixtures'
import { houseOf } from './house'
import { SeatChoice } from './seat-choice.svelte'

const PLAN = aPlan([
  aSection('stalls', {
    _1_1: { kind: 'accessible' },
    _1_2: { kind: 'companion', companion_of: 'stalls-1-1' },
    _1_5: { state: 'taken' },
  }),
  aSection('balcony', { y: 5 }),
])

beforeEach(() => sessionStorage.clear())

const stalls = (overrides: Partial<Tier> = {}) =>
  aTier({ id: 'stalls', title: 'Stalls', seat_choice: 'pick', ...overrides })

function choosing(tier = stalls(), found: string[] = []) {
  const house = houseOf(PLAN)
  const purchase = new Purchase({ quote: () => Promise.resolve(aQuote(0)) } as never, anEvent([tier]))
  const bestSeats = vi.fn((slug: string, asked: BestSeatsRequest) =>
    Promise.resolve({
      seats: found
        .slice(0, asked.quantity)
        .map((id) => ({ id, text: slug, section: '', row: '', label: '' })),
      together: true,
    }),
  )
  const choice = new SeatChoice({ bestSeats }, purchase, house)
  const toggle = (...ids: string[]) => ids.forEach((id) => choice.toggle(seatIn(house, id)))
  const chosen = () => choice.seats.map(({ id }) => id)
  return { choice, purchase, bestSeats, house, toggle, chosen }
}

test('a seat that is pressed is chosen with a ticket, and let go when it is pressed again', () => {
  const { purchase, toggle, chosen } = choosing()
  toggle('stalls-2-1', 'stalls-2-2')
  expect(chosen()).toEqual(['stalls-2-1', 'stalls-2-2'])
  expect(purchase.tickets).toBe(2)
  toggle('stalls-2-1')
  expect(chosen()).toEqual(['stalls-2-2'])
})

test('a seat that is taken or sold by nobody here is not chosen, and that is said', () => {
  const { choice, toggle, chosen } = choosing()
  toggle('stalls-1-5')
  expect(choice.refusal).toBe('This seat is not on sale.')
  toggle('stalls-2-1')
  expect(choice.refusal).toBe('')
  toggle('balcony-1-1')
  expect(choice.refusal).toBe('This seat is not on sale.')
  expect(chosen()).toEqual(['stalls-2-1'])
})

test('no more seats are chosen than one may have tickets', () => {
  const { choice, toggle, chosen } = choosing(stalls({ ticket_limit_per: 1 }))
  toggle('stalls-2-1', 'stalls-2-2')
  expect(chosen()).toEqual(['stalls-2-1'])
  expect(choice.refusal).toBe('You can have 1 ticket “Stalls”.')
})

test("a companion's seat comes with the seat beside it and goes with it", () => {
  const { choice, toggle, chosen } = choosing()
  toggle('stalls-1-2')
  expect(choice.refusal).toContain('companion')
  toggle('stalls-1-1', 'stalls-1-2')
  expect(chosen()).toEqual(['stalls-1-1', 'stalls-1-2'])
  toggle('stalls-1-1')
  expect(chosen()).toEqual([])
})

test('a chosen seat is sold at another price', () => {
  const { choice, purchase, toggle } = choosing(
    stalls({ prices: [aPrice({ id: 'adult' }), aPrice({ id: 'child' })] }),
  )
  toggle('stalls-2-1', 'stalls-2-2')
  const [, child] = choice.fares
  const [first] = choice.seats
  if (!child || !first) throw new Error('there is no other price')
  choice.change(first, child)
  expect(purchase.choices.map(({ id, seats }) => [id, seats])).toEqual([
    ['stalls/adult', ['stalls-2-2']],
    ['stalls/child', ['stalls-2-1']],
  ])
})

test('the best seats take the place of those that were chosen before', async () => {
  const { choice, bestSeats, toggle, chosen } = choosing(stalls(), ['stalls-2-3', 'stalls-2-4'])
  toggle('stalls-1-3')
  const [fare] = choice.fares
  if (!fare) throw new Error('there is no ticket')
  await choice.takeBest(fare, 2)
  expect(bestSeats).toHaveBeenCalledWith('summer-fair', { tier_id: 'stalls', quantity: 2 })
  expect(chosen()).toEqual(['stalls-2-3', 'stalls-2-4'])
})

test('lost seats are replaced near to where they were, and those that are left stay', async () => {
  const { choice, purchase, bestSeats, toggle, chosen } = choosing(stalls(), ['stalls-2-1', 'stalls-2-3'])
  toggle('stalls-2-1', 'stalls-2-2')
  purchase.loseSeats(['stalls-2-2'])
  expect(chosen()).toEqual(['stalls-2-1'])
  await choice.replaceLost()
  expect(bestSeats).toHaveBeenCalledWith('summer-fair', {
    tier_id: 'stalls',
    quantity: 2,
    near: 'stalls-2-2',
  })
  expect(chosen()).toEqual(['stalls-2-1', 'stalls-2-3'])
  expect(purchase.lostSeats).toEqual([])
})

test('that there are too few seats is told, and what was chosen stays', async () => {
  const { choice, bestSeats, toggle, chosen } = choosing()
  bestSeats.mockRejectedValue(new Problem(409, 'sold_out', 'There are not enough seats left.'))
  toggle('stalls-2-1')
  const [fare] = choice.fares
  if (!fare) throw new Error('there is no ticket')
  await choice.takeBest(fare, 9)
  expect(choice.refusal).toBe('There are not enough seats left.')
  expect(choice.searching).toBe(false)
  expect(chosen()).toEqual(['stalls-2-1'])
})
