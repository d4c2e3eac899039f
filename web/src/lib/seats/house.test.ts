import { expect, test } from 'vitest'
import { aHouse, aPlan, aSection, seatIn } from './fixtures'
import { houseOf, neighbour, seatAt, seatsIn, sectionAt, update } from './house'

const RIGHT = { x: 1, y: 0 }
const DOWN = { x: 0, y: 1 }
const told = (rows: Record<string, string>, since: string | null = null) => ({
  version: 'later',
  plan: 1,
  since,
  rows,
})

test('a house knows its seats by the ids that orders ask for', () => {
  const seat = seatIn(aHouse(), 'balcony-2-5')
  expect([seat.row.section.title, seat.row.label, seat.label, seat.state]).toEqual([
    'Balcony',
    '2',
    '5',
    'free',
  ])
})

test('what a seat does not say is said by its row', () => {
  const house = aHouse(
    aSection('stalls', { _1_2: { label: 'A2', category: 'box' } }),
    aSection('box', { y: 9 }),
  )
  expect(seatIn(house, 'stalls-1-1')).toMatchObject({ label: '1', category: 0, kind: 'standard' })
  expect(seatIn(house, 'stalls-1-2')).toMatchObject({ label: 'A2', category: 1 })
})

test('the stage is in the picture if it is near, and a far one is not', () => {
  expect(aHouse().box.top).toBeLessThan(-2)
  expect(houseOf(aPlan(undefined, { focus: { x: 3, y: -500 } })).box.top).toBeGreaterThan(-2)
})

test('all states take the place of those before, and tell what has changed', () => {
  const house = aHouse(aSection('stalls', { _1_1: { state: 'taken' }, _2_2: { state: 'taken' } }))
  const changed = update(house, told({ 'stalls-1': 'tbfff' }))
  expect(changed.map(({ id, state }) => `${id} ${state}`)).toEqual(['stalls-1-2 blocked', 'stalls-2-2 free'])
  expect(house.version).toBe('later')
})

test('changes since a version leave the other rows as they are', () => {
  const house = aHouse(aSection('stalls', { _1_1: { state: 'taken' } }))
  update(house, told({ 'stalls-2': 'ffftt' }, 'before'))
  expect(house.seats.filter(({ state }) => state !== 'free').map(({ id }) => id)).toEqual([
    'stalls-1-1',
    'stalls-2-4',
    'stalls-2-5',
  ])
})

test('rows of a plan that is not ours change nothing', () => {
  expect(update(aHouse(), told({ 'cellar-1': 'ttt' }, 'before'))).toEqual([])
})

test('a seat is picked where it stands and not between seats', () => {
  const house = aHouse()
  expect(seatAt(house, { x: 3.2, y: 1.1 })?.id).toBe('stalls-1-3')
  expect(seatAt(house, { x: 3, y: 3.5 })).toBeUndefined()
})

test('a section is found by its outline', () => {
  const house = aHouse()
  expect(sectionAt(house, { x: 3, y: 1.5 })?.id).toBe('stalls')
  expect(sectionAt(house, { x: 3, y: 4 })).toBeUndefined()
})

test('the seats of a box are found', () => {
  const found = seatsIn(aHouse(), { left: 2, top: 1, right: 3, bottom: 1.5 })
  expect(found.map(({ id }) => id).sort()).toEqual(['stalls-1-2', 'stalls-1-3'])
})

test('arrows lead along the row, to the row behind, over gaps, and nowhere at the end', () => {
  const house = aHouse()
  const from = (id: string, direction: typeof RIGHT) => neighbour(house, seatIn(house, id), direction)?.id
  expect(from('stalls-1-2', RIGHT)).toBe('stalls-1-3')
  expect(from('stalls-1-2', DOWN)).toBe('stalls-2-2')
  expect(from('stalls-2-2', DOWN)).toBe('balcony-1-2')
  expect(from('stalls-1-5', RIGHT)).toBeUndefined()
})

test('in a large house each step is straight', () => {
  const house = aHouse(aSection('stalls', { rows: 100, seats: 200 }))
  let seat = seatIn(house, 'stalls-50-1')
  for (let steps = 0; steps < 199; steps++) seat = neighbour(house, seat, RIGHT) ?? seat
  expect(seat.id).toBe('stalls-50-200')
})
