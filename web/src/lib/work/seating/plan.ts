/** A seating plan as its organizer enters it: rows in lines, sections beside each other, and the house they make. */
import type { components } from '$lib/api/schema'
import type { SeatPlan } from '$lib/api/types'
import type { Point } from '$lib/seats/geometry'

type Schemas = components['schemas']

export type Category = Required<Schemas['SeatCategorySettings']>
export type Row = Schemas['RowSettings']
export type SeatChoice = Schemas['SeatChoice']
export type SeatKind = Schemas['SeatKind']
export type SeatSettings = Schemas['SeatSettings']
export type SectionSettings = Schemas['SectionSettings']
export type Zone = Schemas['ZoneSettings']

/** What is sent as a whole: what it does not name is no longer there. */
export interface Plan {
  version: number
  choice: SeatChoice
  focus: Schemas['Focus'] | null
  categories: Category[]
  sections: SectionSettings[]
  zones: Zone[]
}

/** Reads the plan of an answer; the sections of one that is too large come apart. */
export function planIn(view: Schemas['SeatingView'], sections: SectionSettings[] = []): Plan {
  const plan = view.plan ?? { sections }
  return {
    version: view.version,
    choice: plan.choice ?? 'pick',
    focus: plan.focus ?? null,
    categories: (plan.categories ?? []).map((one) => ({ color: null, tier_ids: [], ...one })),
    sections: plan.sections ?? [],
    zones: plan.zones ?? [],
  }
}

/** The seats of a row one by one, whichever way they are described. */
export function seatsOf(row: Row): SeatSettings[] {
  if (row.seats) return row.seats
  const { count, first = 1, step = 1, x, y, dx = 1, dy = 0, gaps_after = [] } = row
  const numbers = Array.from({ length: count ?? 0 }, (_, at) => `${first + at * step}`)
  return numbers.map((id, at) => ({
    id,
    x: (x ?? 0) + at * dx,
    y: (y ?? 0) + at * dy,
    gap_before: gaps_after.includes(numbers[at - 1] ?? ''),
  }))
}

export function countOf({ rows }: Pick<SectionSettings, 'rows'>): number {
  return rows.reduce((sum, row) => sum + (row.seats?.length ?? row.count ?? 0), 0)
}

/** How many seats each category has, by its id. */
export function countsOf({ sections }: Pick<Plan, 'sections'>): Map<string, number> {
  const counts = new Map<string, number>()
  for (const section of sections) {
    for (const row of section.rows) {
      for (const seat of seatsOf(row)) {
        const category = seat.category ?? row.category ?? section.category ?? ''
        counts.set(category, (counts.get(category) ?? 0) + 1)
      }
    }
  }
  return counts
}

/** The category of a section, if all its seats have the same. */
export function categoryOf(section: SectionSettings): string | undefined {
  const [only, ...others] = countsOf({ sections: [section] }).keys()
  return others.length ? undefined : only
}

/** The plan as the map takes it. */
export function mapOf(plan: Plan): SeatPlan {
  return {
    version: null,
    plan: plan.version,
    choice: plan.choice,
    focus: plan.focus ?? frontOf(plan),
    categories: plan.categories.map(({ id, title, color, tier_ids }) => ({ id, title, color, tier_ids })),
    zones: [],
    sections: plan.sections.map((section) => ({
      id: section.id,
      title: section.title,
      rows: section.rows.map((row) => {
        const category = row.category ?? section.category ?? plan.categories[0]?.id ?? ''
        return {
          id: row.id,
          label: row.label ?? row.id,
          category,
          seats: seatsOf(row).map((seat) => ({
            id: seat.id,
            x: seat.x,
            y: seat.y,
            label: seat.label ?? null,
            category: seat.category ?? category,
            kind: seat.kind ?? 'standard',
            companion_of: seat.companion_of ?? null,
            restricted: seat.restricted ?? null,
            gap_before: seat.gap_before ?? false,
          })),
        }
      }),
    })),
  }
}

/** Other sections in the plan. Everybody looks at a stage before them, unless the plan says otherwise. */
export function withSections(plan: Plan, sections: SectionSettings[]): Plan {
  const before = frontOf(plan)
  const follows = !plan.focus || (plan.focus.x === before.x && plan.focus.y === before.y)
  const after = { ...plan, sections }
  return follows ? { ...after, focus: frontOf(after) } : after
}

/** The middle before the foremost seats, where a stage is. */
function frontOf(plan: Pick<Plan, 'sections'>): Point {
  const box = boxOf(plan.sections)
  return box ? { x: (box.left + box.right) / 2, y: box.top - GAP } : { x: 0, y: 0 }
}

function boxOf(sections: readonly SectionSettings[]) {
  const seats = sections.flatMap(({ rows }) => rows.flatMap(seatsOf))
  if (!seats.length) return undefined
  const box = { left: Infinity, top: Infinity, right: -Infinity, bottom: -Infinity }
  for (const { x, y } of seats) {
    box.left = Math.min(box.left, x)
    box.top = Math.min(box.top, y)
    box.right = Math.max(box.right, x)
    box.bottom = Math.max(box.bottom, y)
  }
  return box
}

/** How far apart sections stand; seats in a row are one apart. */
const GAP = 3

export const PLACES = ['behind', 'left', 'right'] as const
export type Place = (typeof PLACES)[number]
export const NUMBERINGS = ['up', 'down', 'odd', 'even'] as const
export type Numbering = (typeof NUMBERINGS)[number]

/** Rows as people count them. */
export interface Lines {
  rows: number
  seats: number
  /** What the first row is called: a number or letters. */
  firstRow: string
  /** The number of the first seat that is counted. */
  firstSeat: number
  numbering: Numbering
  /** After how many seats from the left there is an aisle; none for 0. */
  aisleAfter: number
}

/** Draws rows one behind the other, from a point. */
export function drawn(lines: Lines, from: Point, category: string): Row[] {
  const step = { up: 1, down: -1, odd: 2, even: 2 }[lines.numbering]
  const least = { up: lines.firstSeat, down: lines.firstSeat + lines.seats - 1, odd: 1, even: 2 }
  const first = least[lines.numbering]
  const aisle = lines.aisleAfter > 0 && lines.aisleAfter < lines.seats
  return namesFrom(lines.firstRow, lines.rows).map((name, at) => ({
    id: partId(name),
    ...(name !== partId(name) && { label: name }),
    category,
    count: lines.seats,
    first,
    step,
    x: from.x,
    y: from.y + at,
    ...(aisle && { gaps_after: [`${first + (lines.aisleAfter - 1) * step}`] }),
  }))
}

/** Where a section of this size begins that stands behind the others, or beside them. */
export function cornerFor(
  place: Place,
  sections: readonly SectionSettings[],
  { seats }: Pick<Lines, 'seats'>,
): Point {
  const box = boxOf(sections)
  if (!box) return { x: 0, y: 0 }
  if (place === 'left') return { x: box.left - GAP - seats + 1, y: box.top }
  if (place === 'right') return { x: box.right + GAP, y: box.top }
  return { x: half((box.left + box.right - seats + 1) / 2), y: box.bottom + GAP }
}

function half(coordinate: number): number {
  return Math.round(coordinate * 2) / 2
}

/** Names that follow each other: 3, 4, 5 or Y, Z, AA. */
export function namesFrom(first: string, count: number): string[] {
  const number = Number(first)
  if (first.trim() !== '' && Number.isInteger(number)) {
    return Array.from({ length: count }, (_, at) => `${number + at}`)
  }
  const start = lettersToNumber(first)
  return Array.from({ length: count }, (_, at) => numberToLetters(start + at))
}

const LETTERS = 26
const A = 'A'.charCodeAt(0)

function lettersToNumber(letters: string): number {
  return [...letters.trim().toUpperCase()].reduce((sum, one) => sum * LETTERS + one.charCodeAt(0) - A + 1, 0)
}

function numberToLetters(number: number): string {
  let letters = ''
  for (let rest = number; rest > 0; rest = Math.floor((rest - 1) / LETTERS)) {
    letters = String.fromCharCode(A + ((rest - 1) % LETTERS)) + letters
  }
  return letters
}

/** Whether rows can be counted on from this name. */
export function countable(name: string): boolean {
  return /^(?:\d{1,4}|[A-Za-z]{1,2})$/.test(name.trim())
}

/** An id for what is called so, as the API wants ids of parts of a plan. */
export function partId(name: string, others: readonly string[] = []): string {
  const plain = name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '')
  const base = plain.slice(0, 16) || 'x'
  let id = base
  for (let again = 2; others.includes(id); again++) id = `${base}_${again}`
  return id
}

/** Has every seat of a section be of one category. */
export function withCategory(section: SectionSettings, category: string): SectionSettings {
  return {
    ...section,
    category,
    rows: section.rows.map((row) => ({
      ...row,
      category,
      ...(row.seats && { seats: row.seats.map((seat) => ({ ...seat, category: null })) }),
    })),
  }
}

/** What may be said of single seats. */
export interface SeatTraits {
  kind: SeatKind
  category: string
  /** What hinders the view; nothing where it is empty. */
  restricted: string
}

/** Says something of seats, which are then described one by one in their rows. A companion's goes with the accessible one nearest to it. */
export function withTraits(plan: Plan, ids: ReadonlySet<string>, traits: Partial<SeatTraits>): Plan {
  const sections = plan.sections.map((section) => {
    const rows = section.rows.map((row) => {
      const name = `${section.id}-${row.id}`
      const seats = seatsOf(row)
      if (!seats.some((seat) => ids.has(`${name}-${seat.id}`))) return row
      return oneByOne(
        row,
        paired(seats.map((seat) => (ids.has(`${name}-${seat.id}`) ? told(seat, traits) : seat))),
      )
    })
    return { ...section, rows }
  })
  return { ...plan, sections }
}

function told(seat: SeatSettings, { kind, category, restricted }: Partial<SeatTraits>): SeatSettings {
  return {
    ...seat,
    ...(kind && { kind, companion_of: null }),
    ...(category && { category }),
    ...(restricted !== undefined && { restricted: restricted || null }),
  }
}

/** Ties each companion's seat that has lost its own to the nearest accessible one of the row. */
function paired(seats: SeatSettings[]): SeatSettings[] {
  const accessible = seats.flatMap(({ id, kind }, at) => (kind === 'accessible' ? [{ id, at }] : []))
  return seats.map((seat, at) => {
    if (seat.kind !== 'companion') return seat
    const of = seat.companion_of?.split('-').at(-1)
    if (accessible.some(({ id }) => id === of)) return seat
    const [nearest] = accessible.toSorted((a, b) => Math.abs(a.at - at) - Math.abs(b.at - at))
    return { ...seat, companion_of: nearest?.id ?? null }
  })
}

function oneByOne({ id, label, category }: Row, seats: SeatSettings[]): Row {
  return { id, ...(label && { label }), ...(category && { category }), seats }
}
