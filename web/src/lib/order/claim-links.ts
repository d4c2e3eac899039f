import type { ClaimLink, Ticket } from '$lib/api/types'

/** The nameless tickets that stand behind no open link yet. */
export function toShare(left: readonly Ticket[], links: readonly ClaimLink[]): Ticket[] {
  const shared = new Set(links.filter((link) => link.open).flatMap((link) => link.tickets))
  return left.filter((ticket) => !shared.has(ticket.id))
}

/** Reads the domains of a list as people type it: "@example.com, example.org". */
export function domainsIn(text: string): string[] {
  return text
    .split(/[\s,;]+/)
    .map((domain) => domain.replace(/^.*@/, ''))
    .filter(Boolean)
}
