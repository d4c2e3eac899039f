import type { OrderRow } from './api'

type Tone = 'plain' | 'good' | 'warn' | 'bad'

/** All reasons to look at an order, what weighs most first. */
export const ATTENTION = [
  'dispute',
  'payment_mismatch',
  'paid_after_end',
  'refund_failed',
  'refund_by_hand',
  'approval_waiting',
  'payment_failed',
  'manual_settlement',
  'invoice_overdue',
  'overpaid',
  'second_payment',
  'mail_bounced',
  'unassigned',
] as const satisfies readonly OrderRow['attention'][number][]

export const STATUSES = [
  'awaiting_approval',
  'awaiting_payment',
  'settled',
  'fulfilled',
  'declined',
  'expired',
  'cancelled',
] as const satisfies readonly OrderRow['status'][]

export const PAYMENTS = [
  'unpaid',
  'partially_paid',
  'paid',
  'overpaid',
  'partially_refunded',
  'refunded',
  'disputed',
] as const satisfies readonly OrderRow['payment_status'][]

export const METHODS = ['card', 'invoice', 'free'] as const satisfies readonly OrderRow['payment_method'][]

export const SOURCES = [
  'public',
  'organizer',
  'allotment',
  'waiting_list',
  'import',
] as const satisfies readonly OrderRow['source'][]

export const STATUS_TONES: Record<OrderRow['status'], Tone> = {
  awaiting_approval: 'warn',
  awaiting_payment: 'warn',
  settled: 'good',
  fulfilled: 'good',
  declined: 'plain',
  expired: 'plain',
  cancelled: 'plain',
}

export const PAYMENT_TONES: Record<OrderRow['payment_status'], Tone> = {
  unpaid: 'plain',
  partially_paid: 'warn',
  paid: 'good',
  overpaid: 'warn',
  partially_refunded: 'plain',
  refunded: 'plain',
  disputed: 'bad',
}

/** What is lost when nobody looks soon. */
const URGENT: readonly string[] = ['dispute', 'payment_mismatch', 'paid_after_end', 'refund_failed']

export function attentionTone(reason: OrderRow['attention'][number]): Tone {
  return URGENT.includes(reason) ? 'bad' : 'warn'
}
