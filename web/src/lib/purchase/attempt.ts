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
  const fingerprint = JSON.stringify(body)
  const kept = read<Attempt>(sessionStorage, name(slug))
  if (kept?.key && kept.fingerprint === fingerprint) return kept.key
  const key = crypto.randomUUID()
  write(sessionStorage, name(slug), { key, fingerprint } satisfies Attempt)
  return key
}

/** Notes which order the attempt has become. */
export function noteOrder(slug: string, order: PlacedReference): void {
  write(sessionStorage, name(slug), { ...read<Attempt>(sessionStorage, name(slug)), order })
  write(sessionStorage, eventName(order.id), slug)
}

/** The event that an order of this tab is for. */
function slugOf(orderId: string): string | undefined {
  return read<string>(sessionStorage, eventName(orderId))
}

/** The order last placed for this event in this tab. */
export function notedOrder(slug: string): PlacedReference | undefined {
  return read<Attempt>(sessionStorage, name(slug))?.order
}

/**
 * Retires the key of an order that is complete or has ended: the same body is a new order from now on.
 * Answers the event, if the order came of an attempt of this tab whose key was still in use.
 */
export function retireKey(orderId: string): string | undefined {
  const slug = slugOf(orderId)
  const attempt = slug === undefined ? undefined : read<Attempt>(sessionStorage, name(slug))
  if (slug === undefined || !attempt?.key || attempt.order?.id !== orderId) return undefined
  write(sessionStorage, name(slug), { order: attempt.order } satisfies Attempt)
  return slug
}

/** Forgets the attempt altogether. */
export function forgetAttempt(slug: string): void {
  write(sessionStorage, name(slug), undefined)
}
