/** The house of an event as the map and the list show it: its seats in one list, by sections and rows. */
import Flatbush from 'flatbush'
import type { MapSeat, SeatPlan, SeatStates } from '$lib/api/types'
import { boxOf, hullOf, inside, type Box, type Point } from './geometry'

export type SeatState = 'free' | 'taken' | 'blocked'
const LETTERS: Record<string, SeatState> = { f: 'free', t: 'taken', b: 'blocked' }

export interface Seat extends Point {
  /** Its place in `house.seats`. */
  index: number
  /** What an order asks for: `section-row-seat`. */
  id: string
  label: string
  row: Row
  /** Its place in `house.categories`. */
  category: number
  kind: 'standard' | 'accessible' | 'companion'
  companionOf: string | null
  /** What hinders the view. */
  restricted: string | null
  /** Whether an aisle parts it from the seat before it. */
  gapBefore: boolean
  state: SeatState
}

export interface Row {
  id: string
  label: string
  section: Section
  /** From one end to the other. */
  seats: Seat[]
}

export interface Section {
  id: string
  title: string
  rows: Row[]
  seats: Seat[]
  outline: Point[]
  box: Box
  /** The category of most of its seats. */
  category: number
}

export interface House {
  plan: number
  version: string | null
  /** Where everybody looks, and whether that is a stage before the seats or a field among them. */
  focus: Point
  hasStage: boolean
  categories: SeatPlan['categories']
  sections: Section[]
  seats: Seat[]
  byId: ReadonlyMap<string, Seat>
  rows: ReadonlyMap<string, Row>
  box: Box
  /** How far neighbouring seats are from each other, as a rule. */
  spacing: number
  /** Where seats are, for searches by place. */
  index: Flatbush
}

/** Builds a house of a plan that has the rows of all its sections, and at least one seat. */
export function houseOf(plan: SeatPlan): House {
  const seats: Seat[] = []
  const numbers = new Map(plan.categories.map((category, number) => [category.id, number]))
  const sections = plan.sections.map(({ id, title, rows }) => {
    const section = { id, title, rows: [] as Row[], seats: [] as Seat[] } as Section
    for (const of of rows ?? []) {
      const row: Row = { id: of.id, label: of.label, section, seats: [] }
      section.rows.push(row)
      for (const seat of of.seats) {
        row.seats.push(seatOf(seat, row, numbers.get(seat.category ?? of.category) ?? 0, seats.length))
        seats.push(row.seats.at(-1) as Seat)
      }
      section.seats.push(...row.seats)
    }
    return section
  })
  const spacing = spacingOf(sections)
  for (const section of sections) {
    section.outline = hullOf(section.rows.flatMap(endsOf).flatMap((end) => cornersOf(end, spacing * 0.8)))
    section.box = boxOf(section.outline)
    section.category = mostCommon(section.seats.map((seat) => seat.category))
  }
  return {
    plan: plan.plan,
    version: plan.version,
    focus: plan.focus,
    hasStage: !within(boxOf(sections.flatMap(({ outline }) => outline)), plan.focus),
    categories: plan.categories,
    sections,
    seats,
    byId: new Map(seats.map((seat) => [seat.id, seat])),
    rows: new Map(sections.flatMap(({ rows }) => rows).map((row) => [`${row.section.id}-${row.id}`, row])),
    box: wholeOf(sections, plan.focus, spacing),
    spacing,
    index: indexOf(seats),
  }
}

function seatOf(seat: MapSeat, row: Row, category: number, index: number): Seat {
  return {
    index,
    id: `${row.section.id}-${row.id}-${seat.id}`,
    label: seat.label ?? seat.id,
    x: seat.x,
    y: seat.y,
    row,
    category,
    kind: seat.kind ?? 'standard',
    companionOf: seat.companion_of ?? null,
    restricted: seat.restricted ?? null,
    gapBefore: seat.gap_before ?? false,
    state: seat.state ?? 'free',
  }
}

function indexOf(seats: readonly Seat[]): Flatbush {
  const index = new Flatbush(seats.length)
  for (const { x, y } of seats) index.add(x, y)
  index.finish()
  return index
}

/** A row is convex enough to be held by its ends and its middle. */
function endsOf({ seats }: Row): Point[] {
  return [0, 0.25, 0.5, 0.75, 1].map((part) => seats[Math.round((seats.length - 1) * part)] as Seat)
}

function cornersOf({ x, y }: Point, margin: number): Point[] {
  return [-1, 1].flatMap((across) =>
    [-1, 1].map((along) => ({ x: x + across * margin, y: y + along * margin })),
  )
}

function within({ left, top, right, bottom }: Box, { x, y }: Point, reach = 0): boolean {
  return x > left - reach && x < right + reach && y > top - reach && y < bottom + reach
}

/** The box of all sections with room for their titles, and of the stage unless it is far off. */
function wholeOf(sections: readonly Section[], focus: Point, spacing: number): Box {
  const box = boxOf(
    sections.flatMap(({ outline }) => outline),
    spacing * 1.5,
  )
  const reach = Math.max(box.right - box.left, box.bottom - box.top) / 4
  if (!within(box, focus, reach)) return box
  return boxOf([
    { x: box.left, y: box.top },
    { x: box.right, y: box.bottom },
    ...cornersOf(focus, spacing * 1.5),
  ])
}

function spacingOf(sections: readonly Section[]): number {
  const steps = sections.flatMap(({ rows }) =>
    rows
      .slice(0, 40)
      .flatMap(({ seats: [first, second] }) =>
        first && second ? [Math.hypot(second.x - first.x, second.y - first.y)] : [],
      ),
  )
  return steps.sort((a, b) => a - b)[steps.length >> 1] || 1
}

function mostCommon(numbers: readonly number[]): number {
  const counts: number[] = []
  for (const number of numbers) counts[number] = (counts[number] ?? 0) + 1
  return counts.reduce((most, count, number) => (count > (counts[most] ?? 0) ? number : most), 0)
}

/** Takes over what an answer tells of the states, and returns the seats whose state is another now. */
export function update(house: House, told: SeatStates): Seat[] {
  const changed: Seat[] = []
  const rows = told.since === null ? house.rows.keys() : Object.keys(told.rows)
  for (const id of rows) {
    const letters = told.rows[id] ?? ''
    for (const [at, seat] of (house.rows.get(id)?.seats ?? []).entries()) {
      const state = LETTERS[letters[at] ?? 'f'] ?? 'blocked'
      if (seat.state !== state) changed.push(seat)
      seat.state = state
    }
  }
  house.version = told.version
  return changed
}

/** The seat nearest to a point, if it is within reach. */
export function seatAt(house: House, { x, y }: Point, reach = house.spacing * 0.6): Seat | undefined {
  const [found] = house.index.neighbors(x, y, 1, reach)
  return found === undefined ? undefined : house.seats[found]
}

export function sectionAt(house: House, point: Point): Section | undefined {
  return house.sections.find(({ outline }) => inside(outline, point))
}

/** The seats in a box, in the order of the house. */
export function seatsIn(house: House, { left, top, right, bottom }: Box): Seat[] {
  return house.index.search(left, top, right, bottom).map((index) => house.seats[index] as Seat)
}

const CANDIDATES = 24

/** The next seat in a direction, as the eye sees it: straight on goes before near. */
export function neighbour(house: House, from: Seat, direction: Point): Seat | undefined {
  const ahead = (seat: Point) => (seat.x - from.x) * direction.x + (seat.y - from.y) * direction.y
  const aside = (seat: Point) => Math.abs((seat.x - from.x) * direction.y - (seat.y - from.y) * direction.x)
  const found = house.index
    .neighbors(from.x, from.y, CANDIDATES, Infinity, (index) => {
      const seat = house.seats[index] as Seat
      return ahead(seat) > house.spacing * 0.05 && aside(seat) <= ahead(seat)
    })
    .map((index) => house.seats[index] as Seat)
  const far = (seat: Seat) => ahead(seat) + 2 * aside(seat)
  return found.reduce<Seat | undefined>(
    (best, seat) => (!best || far(seat) < far(best) ? seat : best),
    undefined,
  )
}
