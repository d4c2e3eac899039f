import { beforeEach, expect, it, vi } from 'vitest'
import { aHouse, seatIn } from '$lib/seats/fixtures'
import type { Seat } from '$lib/seats/house'
import type { Blocked, SectionState } from './api'
import { Board } from './board.svelte'
import { named } from './said'

const house = aHouse()
const seat = (id: string) => seatIn(house, id)

function state(id: string, rows: Partial<SectionState['rows'][number]>[] = []): SectionState {
  const row = { id: '1', label: '1', seats: 5, free: 5, taken: {}, kept: {}, note: null, changed_at: null }
  return { id, title: id, version: 1, rows: rows.map((one) => ({ ...row, ...one })) }
}

const stalls = state('stalls', [
  { id: '1', taken: { '2': 'order-1' }, kept: { '3': 'nobody', '4': 'removed' }, note: 'camera' },
])
const nothing: Blocked = { changed: 1, refused: [], more: 0 }

const api = {
  states: vi.fn((ids: readonly string[]) =>
    Promise.resolve(ids.map((id) => (id === 'stalls' ? stalls : state(id)))),
  ),
  block: vi.fn(() => Promise.resolve(nothing)),
  unblock: vi.fn(() => Promise.resolve(nothing)),
  move: vi.fn(() => Promise.resolve([])),
}

let board: Board

beforeEach(async () => {
  vi.clearAllMocks()
  board = new Board(api, house)
  await board.load()
})

const choose = (...ids: string[]) => ids.forEach((id) => board.toggle(seat(id)))

it('tells seats of tickets, kept and free ones apart, and counts them', () => {
  expect(board.counts).toEqual({ all: 20, free: 17, sold: 1, kept: 2 })
  expect(board.said.get('stalls-1-3')).toEqual({ channel: 'nobody', note: 'camera' })
  const looks = () => ['stalls-1-1', 'stalls-1-2', 'stalls-1-3'].map((id) => board.look(seat(id)))
  expect(looks()).toEqual(['free', 'given', 'taken'])
  board.wish = 'kept'
  expect(looks()).toEqual(['faint', 'faint', 'taken'])
})

it('keeps the free ones of the chosen seats and leaves the others chosen', async () => {
  choose('stalls-1-1', 'stalls-1-2', 'stalls-1-5')
  await board.keep('organizer', 'for the press')
  expect(api.block).toHaveBeenCalledWith({
    seats: ['stalls-1-1', 'stalls-1-5'],
    rows: [],
    sections: [],
    channel: 'organizer',
    note: 'for the press',
  })
  expect(api.states).toHaveBeenLastCalledWith(['stalls'])
  expect(board.chosen).toEqual([seat('stalls-1-2')])
})

it('frees the kept ones', async () => {
  choose('stalls-1-1', 'stalls-1-3')
  await board.unkeep()
  expect(api.unblock).toHaveBeenCalledWith({ seats: ['stalls-1-3'], rows: [], sections: [] })
})

it('moves a ticket to the other chosen seat, exchanges two, and takes seats away', async () => {
  choose('stalls-2-1', 'stalls-1-2')
  expect(board.moves).toEqual([{ ticket_id: 'order-1', seat: 'stalls-2-1' }])
  await board.move(true)
  expect(api.move).toHaveBeenCalledWith([{ ticket_id: 'order-1', seat: 'stalls-2-1' }], true)
  expect(board.chosen).toEqual([])
  choose('stalls-1-2', 'stalls-1-1', 'stalls-1-5')
  expect(board.moves).toEqual([])
  board.clear()
  choose('stalls-1-2')
  await board.unseat()
  expect(api.move).toHaveBeenLastCalledWith([{ ticket_id: 'order-1', seat: null }], false)
})

it('chooses all of a row, and lets them go once all are chosen', () => {
  const row = house.rows.get('stalls-1')?.seats ?? []
  choose('stalls-1-1')
  board.toggleAll(row)
  expect(board.chosen).toHaveLength(5)
  board.toggleAll(row)
  expect(board.chosen).toHaveLength(0)
})

it('names seats as shortly as can be', () => {
  const balcony: Seat[] = house.sections[1]?.seats ?? []
  const row: Seat[] = house.rows.get('stalls-1')?.seats ?? []
  expect(named([...balcony, ...row, seat('stalls-2-3')])).toEqual({
    sections: ['balcony'],
    rows: ['stalls-1'],
    seats: ['stalls-2-3'],
  })
})

it('believes what it asked last, however late the first answer comes', async () => {
  let answer: (states: SectionState[]) => void = () => undefined
  api.states.mockReturnValueOnce(new Promise((go) => (answer = go)))
  const slow = board.load()
  await board.load([seat('stalls-1-1')])
  answer([state('stalls'), state('balcony', [{ id: 'a', kept: { '1': 'nobody' } }])])
  await slow
  expect(board.said.get('stalls-1-3')).toEqual({ channel: 'nobody', note: 'camera' })
  expect(board.said.get('balcony-a-1')).toEqual({ channel: 'nobody' })
})
