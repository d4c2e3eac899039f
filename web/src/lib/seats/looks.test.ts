import { expect, test } from 'vitest'
import { aHouse, aSection, seatIn } from './fixtures'
import { EVERYTHING, looksForBuyers, looksForOwners, type Filter } from './looks'

const house = aHouse(
  aSection('stalls', { _1_2: { state: 'taken' }, _1_3: { state: 'blocked' } }),
  aSection('balcony', { y: 5 }),
)
const [free, taken, kept, other] = ['stalls-1-1', 'stalls-1-2', 'stalls-1-3', 'balcony-1-1'].map((id) =>
  seatIn(house, id),
)
const SEATS = [free, taken, kept, other] as NonNullable<typeof free>[]
const STALLS = house.categories.findIndex(({ id }) => id === 'stalls')

const forBuyers = (filter: Partial<Filter>, sold = () => true) =>
  SEATS.map(looksForBuyers({ ...EVERYTHING, ...filter }, sold))

test('a buyer sees what is free, and what is gone without why', () => {
  expect(forBuyers({})).toEqual(['free', 'taken', 'taken', 'free'])
})

test('what is not sold to a buyer is as good as taken', () => {
  expect(forBuyers({}, () => false)).toEqual(['taken', 'taken', 'taken', 'taken'])
})

test('a wish and categories leave out the others', () => {
  expect(forBuyers({ wish: 'free' })).toEqual(['free', 'faint', 'faint', 'free'])
  expect(forBuyers({ wish: 'mine' })).toEqual(['faint', 'faint', 'faint', 'faint'])
  expect(forBuyers({ categories: [STALLS] })).toEqual(['free', 'taken', 'taken', 'faint'])
})

test('a company sees its own seats, given to somebody or not, before all others', () => {
  const overlay = new Map([
    ['stalls-1-2', 'distributed'],
    ['stalls-1-3', 'not_distributed'],
  ] as const)
  const looks = (wish: Filter['wish']) => SEATS.map(looksForOwners({ ...EVERYTHING, wish }, overlay))
  expect(looks('all')).toEqual(['taken', 'given', 'free', 'taken'])
  expect(looks('mine')).toEqual(['faint', 'given', 'free', 'faint'])
  expect(looks('distributed')).toEqual(['faint', 'given', 'faint', 'faint'])
  expect(looks('not_distributed')).toEqual(['faint', 'faint', 'free', 'faint'])
})
