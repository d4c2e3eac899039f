import type { OrderStatus } from '$lib/api/types'

/** The order came to nothing, and no ticket will come of it. */
export function ended(status: OrderStatus): boolean {
  return status === 'declined' || status === 'expired' || status === 'cancelled'
}

/** Nothing is left for the buyer to do. */
export function complete(status: OrderStatus): boolean {
  return status === 'settled' || status === 'fulfilled'
}

/** Nothing more will change by itself. */
export function resting(status: OrderStatus): boolean {
  return ended(status) || status === 'fulfilled'
}

export const STATUS_WORDS: Record<OrderStatus, string> = {
  awaiting_approval: 'Waiting for approval',
  awaiting_payment: 'Waiting for payment',
  settled: 'Making your tickets',
  fulfilled: 'Tickets ready',
  declined: 'Declined',
  expired: 'Expired',
  cancelled: 'Cancelled',
}
