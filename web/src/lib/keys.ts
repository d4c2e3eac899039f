import { read, write } from './storage'

// Local storage, not session storage: a bank's app may bring the buyer back in another tab.
const name = (orderId: string) => `admit.order-key.${orderId}`

export function keepOrderKey(orderId: string, key: string): void {
  write('local', name(orderId), key)
}

/** The key of an order: from the fragment of the address (and then kept), else the one kept earlier. */
export function orderKey(orderId: string, fragment: string): string | undefined {
  const given = keyIn(fragment)
  if (given) keepOrderKey(orderId, given)
  return given ?? read<string>('local', name(orderId))
}

/** Reads `#key=...`. The fragment never reaches a server, so the key is in no access log. */
export function keyIn(fragment: string): string | undefined {
  return new URLSearchParams(fragment.replace(/^#/, '')).get('key') || undefined
}

/** The address of the page of a place on a waiting list. */
export function waitingPath(slug: string, entryId: string, key: string): string {
  return `/e/${encodeURIComponent(slug)}/waiting/${encodeURIComponent(entryId)}#${new URLSearchParams({ key })}`
}

/** The address of an order's page that opens without anything kept in this browser. */
export function orderPath(orderId: string, key: string): string {
  return `/orders/${encodeURIComponent(orderId)}#${new URLSearchParams({ key })}`
}

/** The address of the page that prints the tickets of an order. */
export function printPath(orderId: string, key: string): string {
  return `/orders/${encodeURIComponent(orderId)}/print#${new URLSearchParams({ key })}`
}

/** The part of one of our pages' addresses that leads there from another one. */
export function pathOf(url: string): string {
  return localPath(new URL(url, location.href))
}

/** An address without its origin. With a second slash at its beginning it would name another site. */
export function localPath({ pathname, search, hash }: URL): string {
  return pathname.replace(/^\/+/, '/') + search + hash
}
