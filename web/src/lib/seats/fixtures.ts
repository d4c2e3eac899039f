// Builders for tests of seats, and of what shows them.
import type { SeatPlan } from '$lib/api/types'
import { houseOf, type House, type Seat } from './house'

type PlanSection = SeatPlan['sections'][number]
type PlanSeat = NonNullable<PlanSection['rows']>[number]['seats'][number]

/** A section of rows of numbered seats, its first row at `y`; `_1_3` says more of seat 3 of row 1. */
export function aSection(
  id: string,
  {
    rows = 2,
    seats = 5,
    y = 0,
    ...more
  }: { rows?: number; seats?: number; y?: number } & Record<`_${string}`, Partial<PlanSeat>> = {},
): PlanSection {
  const upTo = (count: number) => Array.from({ length: count }, (_, at) => at + 1)
  return {
    id,
    title: id[0]?.toUpperCase() + id.slice(1),
    rows: upTo(rows).map((row) => ({
      id: `${row}`,
      label: `${row}`,
      category: id,
      seats: upTo(seats).map((seat) => ({ id: `${seat}`, x: seat, y: y + row, ...more[`_${row}_${seat}`] })),
    })),
  }
}

export function aPlan(
  sections = [aSection('stalls'), aSection('balcony', { y: 5 })],
  overrides: Partial<SeatPlan> = {},
): SeatPlan {
  return {
    version: null,
    plan: 1,
    choice: 'pick',
    focus: { x: 3, y: -2 },
    categories: sections.map(({ id, title }) => ({ id, title, color: null, tier_ids: [id] })),
    zones: [],
    sections,
    ...overrides,
  }
}

export function aHouse(...sections: PlanSection[]): House {
  return houseOf(sections.length ? aPlan(sections) : aPlan())
}

export function seatIn(house: House, id: string): Seat {
  const seat = house.byId.get(id)
  if (!seat) throw new Error(`there is no seat ${id}`)
  return seat
}
