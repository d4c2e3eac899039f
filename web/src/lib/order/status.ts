import type { Money, Order, OrderStatus, PaymentStatus, Refund, Ticket } from '$lib/api/types'

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

/** The buyer can pay by card now: the order waits for him, and for nothing that is on its way. */
export function payable(order: Order): boolean {
  const waits = order.status === 'awaiting_payment' && order.payment_method === 'card'
  return waits && order.explanation.who === 'buyer'
}

/** The buyer has tried to pay, and his bank has refused in the end. */
export function paymentFailed(order: Order): boolean {
  return payable(order) && order.timeline.at(-1)?.what === 'payment failed'
}

/** The buyer can give the order up because it is not paid, and no payment is on its way. */
export function revocable(order: Order): boolean {
  const unpaid = order.status === 'awaiting_payment' || order.status === 'awaiting_approval'
  return unpaid && order.explanation.who !== 'nobody'
}

/** What of an order is still to be paid. What went back is not asked for again. */
export function leftToPay(order: Order): Money | undefined {
  const open = order.payment_status === 'unpaid' || order.payment_status === 'partially_paid'
  const amount = order.owed.amount - order.paid.amount
  return open && !ended(order.status) && amount > 0 ? { ...order.owed, amount } : undefined
}

export const PAYMENT_WORDS: Record<PaymentStatus, string> = {
  unpaid: 'Not paid',
  partially_paid: 'Paid in part',
  paid: 'Paid',
  overpaid: 'Paid too much',
  partially_refunded: 'Refunded in part',
  refunded: 'Refunded',
  disputed: 'Disputed',
}

/** How far a refund is; one that does not go through the card is sent by the organizer. */
export function refundWords({ status, by }: Refund): string {
  if (status === 'succeeded') return 'Sent'
  if (status === 'failed') return 'Did not get through'
  return by === 'stripe' ? 'On its way' : 'The organizer is about to send it'
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

/** The offer of a ticket that somebody may still accept; meanwhile the ticket admits nobody. */
export function offered({ transfer }: Ticket, now = Date.now()): Ticket['transfer'] {
  return transfer && Date.parse(transfer.until) > now ? transfer : null
}

/** The tickets that are the buyer's to give: valid, and not in somebody else's hands. */
export function givable(order: Order): Ticket[] {
  return order.tickets.filter((ticket) => ticket.status === 'valid' && !ticket.passed_on)
}

/** Those of them that nobody is named on yet. */
export function unnamed(order: Order): Ticket[] {
  return givable(order).filter((ticket) => !ticket.holder && !offered(ticket))
}
