import type { Money, Order, OrderStatus, Refund, Ticket } from '$lib/api/types'

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

/** The order is not paid by card yet. */
export function awaitsCard({ status, payment_method }: Order): boolean {
  return status === 'awaiting_payment' && payment_method === 'card'
}

/** The buyer can pay by card now: the order waits for him, and for nothing that is on its way. */
export function payable(order: Order): boolean {
  return awaitsCard(order) && order.explanation.who === 'buyer'
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
  const amount = order.owed.amount - order.paid.amount
  return unpaid(order) && !ended(order.status) && amount > 0 ? { ...order.owed, amount } : undefined
}

function unpaid({ payment_status }: Order): boolean {
  return payment_status === 'unpaid' || payment_status === 'partially_paid'
}

/** How an order stands for its buyer, finer than its status where that tells too little. */
export type Stand =
  | 'approval'
  | 'held'
  | 'failed'
  | 'processing'
  | 'invoice'
  | 'overdue'
  | 'mismatch'
  | 'making'
  | 'ready'
  | 'disputed'
  | 'late'
  | 'declined'
  | 'expired'
  | 'cancelled'

/** How an order stands; what its organizer has to look at comes before what is usual, as it does in its explanation. */
export function standOf(order: Order): Stand {
  const { attention, status } = order
  if (attention.includes('dispute') || order.tickets.some((ticket) => ticket.status === 'suspended')) {
    return 'disputed'
  }
  if (attention.includes('payment_mismatch')) return 'mismatch'
  if (attention.includes('paid_after_end')) return 'late'
  if (attention.includes('invoice_overdue')) return 'overdue'
  if (status === 'awaiting_payment') return waitingStand(order)
  if (status === 'awaiting_approval') return 'approval'
  if (status === 'settled') return 'making'
  return status === 'fulfilled' ? 'ready' : status
}

function waitingStand(order: Order): Stand {
  if (order.explanation.who === 'nobody') return 'processing'
  if (order.payment_method === 'invoice') return 'invoice'
  return paymentFailed(order) ? 'failed' : 'held'
}

export type StepName = 'placed' | 'approval' | 'payment' | 'invoice' | 'tickets'

/** The way of an order to its tickets, and which parts of it are behind. */
export function stepsOf(order: Order): { name: StepName; done: boolean }[] {
  const { status, timeline } = order
  const asked = status === 'awaiting_approval' || timeline.some(({ what }) => /^approved\b/.test(what))
  const steps: { name: StepName; done: boolean }[] = [{ name: 'placed', done: true }]
  if (asked) steps.push({ name: 'approval', done: status !== 'awaiting_approval' })
  if (order.total.amount > 0) {
    const name = order.payment_method === 'invoice' ? 'invoice' : 'payment'
    steps.push({ name, done: !unpaid(order) })
  }
  return [...steps, { name: 'tickets', done: status === 'fulfilled' }]
}

/** How far a refund is; one that does not go through the card is sent by the organizer. */
export function refundStand({ status, by }: Refund): 'sent' | 'failed' | 'underWay' | 'byOrganizer' {
  if (status === 'succeeded') return 'sent'
  if (status === 'failed') return 'failed'
  return by === 'stripe' ? 'underWay' : 'byOrganizer'
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

/** Those of them that admit somebody now, and so have a code to show and to print. */
export function admitting(order: Order): Ticket[] {
  return givable(order).filter((ticket) => !offered(ticket))
}

/** The tickets are there, paid, and each in somebody's hands, and no question waits: nothing is left to do. */
export function allDone(order: Order): boolean {
  const rests = order.status === 'fulfilled' && order.explanation.who === 'buyer' && !leftToPay(order)
  return rests && unnamed(order).length === 0 && order.unanswered.length === 0
}

/** How many tickets were ordered. */
export function ordered(order: Order): number {
  return order.lines.reduce((sum, line) => sum + line.quantity, 0)
}

/** Those tickets in which each of the typed words is found: in their number, kind, seat or holder. */
export function found(tickets: readonly Ticket[], typed: string): Ticket[] {
  const words = typed.toLocaleLowerCase().split(/\s+/).filter(Boolean)
  return tickets.filter(({ number, tier_title, seat, holder }) => {
    const text = [number, tier_title, seat, holder?.name, holder?.email, holder?.company].join('\n')
    return words.every((word) => text.toLocaleLowerCase().includes(word))
  })
}
