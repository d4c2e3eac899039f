import type { CartGuest, CartTicket, GuestResult, JobWithRows } from './api'

/** What keeps a guest from being served, if anything does. */
export type Missing = 'tickets' | 'fault'

export function missingOf({ tickets }: CartGuest): Missing | undefined {
  if (tickets.length === 0) return 'tickets'
  return tickets.some(({ fault }) => fault) ? 'fault' : undefined
}

/** What a guest will get, event by event. */
export function byEvent(tickets: readonly CartTicket[]): [string, CartTicket[]][] {
  const events = [...new Set(tickets.map(({ event_id }) => event_id))]
  return events.map((event) => [event, tickets.filter(({ event_id }) => event_id === event)])
}

/** Those who lose tickets by a distribution, by address; who has them himself loses none. */
export function losersOf(guests: readonly CartGuest[]): string[] {
  const losers = guests.flatMap(({ email, tickets }) =>
    tickets.flatMap(({ holder }) => (holder && holder.email !== email ? [holder.email] : [])),
  )
  return [...new Set(losers)]
}

/** What became of each guest whom a job was asked to serve, as far as it has told. */
export function resultsOf({ rows }: JobWithRows): GuestResult[] {
  return rows.flatMap((row) => {
    if (!row.reference) return []
    const result = { failed: 'refused', skipped: 'not_in_cart' } as Partial<
      Record<string, GuestResult['result']>
    >
    return [
      {
        contact_id: row.reference,
        result: result[row.result] ?? 'distributed',
        code: row.code ?? null,
        reason: row.errors?.[0]?.message ?? null,
        tickets: [],
        at_fault: [],
      },
    ]
  })
}
