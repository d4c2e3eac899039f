import type { Order } from '$lib/api/types'
import { locale, t } from '$lib/i18n/index.svelte'

/** One line of a timeline as its reader sees it, with what somebody has added to it. */
export interface Told {
  text: string
  note?: string
}

/** What the server writes, and the message that says it here. */
const WORDS = {
  placed: 'placed',
  imported: 'imported',
  approved: 'approved',
  declined: 'declined',
  expired: 'expired',
  cancelled: 'cancelled',
  refund: 'refund',
  'payment page opened': 'payPageOpened',
  'payment under way': 'paymentUnderWay',
  'payment failed': 'paymentFailed',
  'paid by card': 'paidByCard',
  'paid by invoice': 'paidByInvoice',
  'paid by bank transfer': 'paidByTransfer',
  'paid a second time': 'paidTwice',
  'paid after the end': 'paidLate',
  'a payment came that does not fit': 'misfit',
  'the payment is taken for the order': 'misfitTaken',
  'the bank shows the payment': 'bankShows',
  'released unpaid': 'released',
  'tickets made': 'ticketsMade',
  'tickets given back': 'ticketsGivenBack',
  'the payment is disputed': 'disputed',
  'the dispute is won': 'disputeWon',
  'the dispute is lost': 'disputeLost',
  'the organizer is asked': 'organizerAsked',
  'taken up again': 'takenUpAgain',
  'late money goes back': 'lateMoneyBack',
  'invoice not paid': 'invoiceNotPaid',
  'invoice overdue': 'invoiceOverdue',
  'the organizer decides on the invoice': 'organizerDecides',
  'the event is cancelled': 'eventCancelled',
  note: 'note',
  reminded: 'reminded',
  'mailed again': 'mailedAgain',
  'mail does not reach the buyer': 'mailBounced',
} as const

const REFUND_STEPS = {
  requested: 'refundRequested',
  pending: 'refundPending',
  succeeded: 'refundSent',
  sent: 'refundSent',
  'sent another way': 'refundSentOtherwise',
  failed: 'refundFailed',
  refused: 'refundFailed',
} as const

const known = <T extends object>(words: T, word: string): word is Extract<keyof T, string> =>
  Object.hasOwn(words, word)

/** Says in the reader's language what happened to an order; in the server's words where there are none for it. */
export function told({ what }: Order['timeline'][number]): Told {
  const whole = said(what)
  if (whole !== undefined) return { text: whole }
  const [, head = '', note = ''] = /^([^:]+): (.*)$/s.exec(what) ?? []
  const text = said(head)
  return text === undefined ? { text: what } : { text, note: said(note) ?? note }
}

function said(words: string): string | undefined {
  if (known(WORDS, words)) return t(`order.timeline.${WORDS[words]}`)
  return document(words) ?? refund(words) ?? tickets(words) ?? seats(words) ?? setAside(words)
}

/** What an organizer alone is shown; the reason is a word of the API. */
function setAside(words: string): string | undefined {
  const [, reason] = /^set aside ([a-z_]+)$/.exec(words) ?? []
  return reason === undefined ? undefined : t('order.timeline.setAside', { reason })
}

function document(words: string): string | undefined {
  const [, kind, number = ''] = /^(invoice|credit note) (\S+)$/.exec(words) ?? []
  if (kind === undefined) return undefined
  return t(kind === 'invoice' ? 'order.timeline.invoice' : 'order.timeline.creditNote', { number })
}

function refund(words: string): string | undefined {
  const [, number = '', step = ''] = /^refund (\d+) (.+)$/.exec(words) ?? []
  return known(REFUND_STEPS, step) ? t(`order.timeline.${REFUND_STEPS[step]}`, { number }) : undefined
}

function tickets(words: string): string | undefined {
  const [, what, numbers = ''] = /^(refund of|cancelled) tickets (\d+(?:, \d+)*)$/.exec(words) ?? []
  if (what === undefined) return undefined
  const all = numbers.split(', ')
  const values = { count: all.length, tickets: listed(all) }
  return t(
    what === 'cancelled' ? 'order.timeline.ticketsCancelled' : 'order.timeline.ticketsRefunded',
    values,
  )
}

function seats(words: string): string | undefined {
  const [, count] = /^(\d+) tickets have their seats$/.exec(words) ?? []
  if (count !== undefined) return t('order.timeline.seated', { count: Number(count) })
  const each = words.split(/; (?=ticket \d+ has )/).map((part) => {
    const [, number = '', seat] = /^ticket (\d+) has (?:the seat (.+)|no seat any more)$/s.exec(part) ?? []
    if (!number) return undefined
    return seat === undefined
      ? t('order.timeline.seatGone', { number })
      : t('order.timeline.seat', { number, seat })
  })
  return each.includes(undefined) ? undefined : listed(each as string[], 'unit')
}

/** Writes a list as people read it: 1, 2 and 3. */
function listed(parts: readonly string[], type: Intl.ListFormatType = 'conjunction'): string {
  return new Intl.ListFormat(locale(), { type }).format(parts)
}
