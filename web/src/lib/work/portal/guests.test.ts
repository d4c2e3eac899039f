import { expect, it } from 'vitest'
import { aGuest, aJob, inCart } from './fixtures'
import { byEvent, losersOf, missingOf, resultsOf } from './guests'

const grace = { name: 'Grace', email: 'grace@example.com', company: null, title: null }

it('says what keeps a guest from being served', () => {
  expect(missingOf(aGuest('Ada'))).toBe('tickets')
  expect(missingOf(aGuest('Ada', [1]))).toBeUndefined()
  const faulty = aGuest('Ada', [1], { tickets: [inCart(1), inCart(2, { fault: 'cancelled' })] })
  expect(missingOf(faulty)).toBe('fault')
})

it('tells tickets by event', () => {
  const tickets = [inCart(1), inCart(2, { event_id: 'party' }), inCart(3)]
  expect(byEvent(tickets).map(([event, some]) => [event, some.length])).toEqual([
    ['concert', 2],
    ['party', 1],
  ])
})

it('names those who lose tickets once each, and not who keeps his own', () => {
  const tickets = [inCart(1, { holder: grace }), inCart(2, { holder: grace }), inCart(3)]
  expect(losersOf([aGuest('Ada', [], { tickets })])).toEqual(['grace@example.com'])
  expect(losersOf([aGuest('Grace', [], { tickets })])).toEqual([])
})

it('reads what became of guests from the rows of a job', () => {
  const job = aJob({
    rows: [
      { row: 1, result: 'changed', reference: 'ada' },
      { row: 2, result: 'skipped', reference: 'bo', code: 'not_in_cart' },
      {
        row: 3,
        result: 'failed',
        reference: 'cy',
        code: 'too_late',
        errors: [{ row: 3, field: 'guests', message: 'Too late' }],
      },
    ],
  })
  expect(resultsOf(job).map(({ contact_id, result, reason }) => [contact_id, result, reason])).toEqual([
    ['ada', 'distributed', null],
    ['bo', 'not_in_cart', null],
    ['cy', 'refused', 'Too late'],
  ])
})
