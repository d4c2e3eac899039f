import type { MessageId } from '$lib/i18n/messages'
import type { Delivery, Webhook } from './api'

export type FactType = Webhook['types'][number]

/** What a webhook can be told, with the words for it. */
export const FACTS: readonly { type: FactType; words: MessageId }[] = [
  { type: 'order.placed', words: 'office.fact.orderPlaced' },
  { type: 'order.settled', words: 'office.fact.orderSettled' },
  { type: 'order.fulfilled', words: 'office.fact.orderFulfilled' },
  { type: 'order.cancelled', words: 'office.fact.orderCancelled' },
  { type: 'order.expired', words: 'office.fact.orderExpired' },
  { type: 'order.declined', words: 'office.fact.orderDeclined' },
  { type: 'order.refunded', words: 'office.fact.orderRefunded' },
  { type: 'order.disputed', words: 'office.fact.orderDisputed' },
  { type: 'ticket.issued', words: 'office.fact.ticketIssued' },
  { type: 'ticket.assigned', words: 'office.fact.ticketAssigned' },
  { type: 'ticket.cancelled', words: 'office.fact.ticketCancelled' },
  { type: 'ticket.admitted', words: 'office.fact.ticketAdmitted' },
]

/** The words for what a delivery tells. */
export function factWords(type: Delivery['type']): MessageId {
  return FACTS.find((fact) => fact.type === type)?.words ?? 'office.fact.test'
}

export type Standing = 'off' | 'healthy' | 'failing' | 'disabled'

/** How a webhook stands: one that nobody wants told now neither fails nor is well. */
export function standing({ active, state }: Pick<Webhook, 'active' | 'state'>): Standing {
  if (state === 'disabled') return 'disabled'
  return active ? state : 'off'
}

export const TONES = { off: 'plain', healthy: 'good', failing: 'warn', disabled: 'bad' } as const
