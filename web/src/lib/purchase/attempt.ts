import type { PlaceRequest } from '$lib/api/types'
import { read, write } from '$lib/storage'

/**
 * One attempt to place an order, kept for the life of the tab. The same body keeps its key through double click,
 * reload and back, so that the server sees one order; a changed body is another order and gets a new key.
 */
interface Attempt {
  key?: string
  fingerprint?: string
  order?: PlacedReference
}

export interface PlacedReference {
  id: string
  code: string
}

const name = (slug: string) => `admit.attempt.${slug}`
const eventName = (orderId: string) => `admit.event-of.${orderId}`

export function attemptKey(slug: string, body: PlaceRequest): string {
  const kept = read<Attempt>('session', name(slug))
  if (kept?.key && repeats(slug, body)) return kept.key
  const key = crypto.randomUUID()
  write('session', name(slug), { key, fingerprint: JSON.stringify(body) } satisfies Attempt)
  return key
}

/** Whether this body is that of the attempt under way. */
export function repeats(slug: string, body: PlaceRequest): boolean {
  return read<Attempt>('session', name(slug))?.fingerprint === JSON.stringify(body)
}

/** The seats that the attempt under way asks for: its order may hold them for the buyer himself. */
export function attemptedSeats(slug: string): string[] {
  const { fingerprint } = read<Attempt>('session', name(slug)) ?? {}
  if (!fingerprint) return []
  return (JSON.parse(fingerprint) as PlaceRequest).lines.flatMap(({ seats }) => seats ?? [])
}

/** Notes which order the attempt has become. */
export function noteOrder(slug: string, order: PlacedReference): void {
  write('session', name(slug), { ...read<Attempt>('session', name(slug)), order })
  write('session', eventName(order.id), slug)
}

/** The event that an order of this tab is for. */
function slugOf(orderId: string): string | undefined {
  return read<string>('session', eventName(orderId))
}

/** The order last placed for this event in this tab. */
export function notedOrder(slug: string): PlacedReference | undefined {
  return read<Attempt>('session', name(slug))?.order
}

/**
 * Retires the key of an order that the buyer does not go back to in order to pay it.
 * Answers the event, if the order came of an attempt of this tab whose key was still in use.
 */
export function retireKey(orderId: string): string | undefined {
  const slug = slugOf(orderId)
  const attempt = slug === undefined ? undefined : read<Attempt>('session', name(slug))
  if (slug === undefined || !attempt?.key || attempt.order?.id !== orderId) return undefined
  endAttempt(slug)
  return slug
}

/** Ends the attempt, whose order stays noted: the same body is a new order from now on. */
export function endAttempt(slug: string): void {
  write('session', name(slug), { order: notedOrder(slug) } satisfies Attempt)
}

/** Forgets the attempt and its order. */
export function forgetAttempt(slug: string): void {
  write('session', name(slug), undefined)
}
