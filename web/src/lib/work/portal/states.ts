import type { CartView, PortalState, PortalTicket } from './api'
import { NOBODY } from './api'

/** How far a ticket is, in the order in which it gets there. */
export const STATES = [
  'not_distributed',
  'allocated',
  'distributed',
  'downloaded',
  'used',
] as const satisfies PortalState[]

/** What both a list and a cart tell of a ticket. */
export type Standing = Pick<
  PortalTicket,
  'id' | 'event_id' | 'tier_title' | 'seat' | 'state' | 'holder' | 'cart_guest'
>

/** Whether a ticket may be meant for somebody else, or taken back: the rest the server decides. */
export function choosable(ticket: Pick<PortalTicket, 'state' | 'status' | 'take_back_possible'>): boolean {
  if (ticket.state === 'used' || ticket.status !== 'valid') return false
  return !isGiven(ticket) || ticket.take_back_possible
}

/** Whether somebody has a ticket. */
export function isGiven({ state }: Pick<PortalTicket, 'state'>): boolean {
  return state === 'distributed' || state === 'downloaded' || state === 'used'
}

/** The number of a ticket as people say it: the end of its id. */
export function numberOf({ id }: Pick<PortalTicket, 'id'>): string {
  return id.slice(id.lastIndexOf('-') + 1)
}

/** The guest of a cart whom a ticket is meant for, if it stands in that cart. */
export function guestOf(
  cart: CartView | undefined,
  { cart_guest: at }: Pick<Standing, 'cart_guest'>,
  relay: string,
): string | undefined {
  if (!at || at.contact_id === NOBODY || at.relay !== relay) return undefined
  return cart?.guests.find(({ contact_id }) => contact_id === at.contact_id)?.name
}

/** Whose cart is shown, by address. */
export function ownerOf({ relay, acting_for }: CartView): string {
  return acting_for ?? relay
}
