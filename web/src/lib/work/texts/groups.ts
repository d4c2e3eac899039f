/** The kinds of mails in the order in which a buyer and his guests get them. */
import type { Kind } from './api'

export const GROUPS = [
  {
    id: 'orders',
    kinds: [
      'order_placed',
      'order_awaiting_approval',
      'order_approved',
      'order_declined',
      'order_expired',
      'order_taken_up',
      'order_cancelled',
      'tickets_cancelled',
      'tickets_ready',
      'assignment_reminder',
      'order_seated',
    ],
  },
  {
    id: 'money',
    kinds: [
      'invoice_issued',
      'credit_note_issued',
      'payment_received',
      'payment_reminder',
      'payment_late',
      'refund_sent',
    ],
  },
  {
    id: 'tickets',
    kinds: [
      'ticket_assigned',
      'ticket_passed_on',
      'ticket_claimed',
      'tickets_distributed',
      'ticket_taken_back',
      'ticket_cancelled',
      'ticket_seated',
      'details_required',
      'event_changed',
      'event_cancelled',
    ],
  },
  {
    id: 'transfers',
    kinds: [
      'transfer_offered',
      'transfer_sent',
      'transfer_accepted',
      'transfer_declined',
      'transfer_cancelled',
      'transfer_expired',
    ],
  },
  { id: 'access', kinds: ['verify_email', 'whitelisted', 'waiting_offer'] },
] as const satisfies { id: string; kinds: readonly Kind[] }[]

/** Kinds that have a text for each event: those that are listed here. */
export type EventKind = (typeof GROUPS)[number]['kinds'][number]

export function isEventKind(kind: string | null): kind is EventKind {
  return GROUPS.some(({ kinds }) => (kinds as readonly string[]).includes(kind ?? ''))
}
