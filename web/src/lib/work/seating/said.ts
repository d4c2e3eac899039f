/** What is said of seats that are not free, and which of them are meant. */
import type { Seat } from '$lib/seats/house'
import type { Look } from '$lib/seats/paint'
import type { SeatsRequest, SectionState } from './api'

/** A ticket has the seat, or it is kept for a channel. */
export interface Said {
  ticket?: string
  channel?: string
  note?: string
}

/** By seat id; free seats are not in it. */
export type SaidOf = ReadonlyMap<string, Said>

export const WISHES = ['all', 'free', 'sold', 'kept'] as const
export type Wish = (typeof WISHES)[number]

export const NOTHING: SaidOf = new Map()

/** What is said after some sections were read anew. */
export function saidAfter(before: SaidOf, states: readonly SectionState[]): SaidOf {
  const sections = new Set(states.map(({ id }) => id))
  const others = [...before].filter(([id]) => !sections.has(id.slice(0, id.indexOf('-'))))
  return new Map([...others, ...states.flatMap(saidIn)])
}

function saidIn({ id, rows }: SectionState): [string, Said][] {
  return rows.flatMap((row): [string, Said][] => [
    ...Object.entries(row.taken).map(([seat, ticket]): [string, Said] => [
      `${id}-${row.id}-${seat}`,
      { ticket },
    ]),
    ...Object.entries(row.kept).map(([seat, channel]): [string, Said] => [
      `${id}-${row.id}-${seat}`,
      { channel, ...(row.note && { note: row.note }) },
    ]),
  ])
}

export function lookOf(said: Said | undefined, wish: Wish): Look {
  const state = said === undefined ? 'free' : said.ticket === undefined ? 'kept' : 'sold'
  if (wish !== 'all' && wish !== state) return 'faint'
  return ({ free: 'free', kept: 'taken', sold: 'given' } as const)[state]
}

export function sectionsOf(seats: readonly Seat[]): string[] {
  return [...new Set(seats.map(({ row }) => row.section.id))]
}

/** Seats without some of them. */
export function without(seats: readonly Seat[], gone: readonly Seat[]): Seat[] {
  const those = new Set(gone)
  return seats.filter((seat) => !those.has(seat))
}

/** Names seats as shortly as can be: whole sections, whole rows, and the others one by one. */
export function named(seats: readonly Seat[]): Required<SeatsRequest> {
  const chosen = new Set(seats)
  const request: Required<SeatsRequest> = { seats: [], rows: [], sections: [] }
  for (const section of new Set(seats.map(({ row }) => row.section))) {
    if (section.seats.every((seat) => chosen.has(seat))) {
      request.sections.push(section.id)
      continue
    }
    for (const row of section.rows) {
      if (row.seats.every((seat) => chosen.has(seat))) request.rows.push(`${section.id}-${row.id}`)
      else request.seats.push(...row.seats.filter((seat) => chosen.has(seat)).map(({ id }) => id))
    }
  }
  return request
}
