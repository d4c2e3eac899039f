import { expect, it } from 'vitest'
import type { Order } from '$lib/api/types'
import { aPlacedOrder, aRefund, aTicket, eur } from '$lib/fixtures'
import {
  allDone,
  found,
  leftToPay,
  payable,
  paymentFailed,
  refundStand,
  revocable,
  standOf,
  stepsOf,
} from './status'

const onItsWay: Order['explanation'] = { why: '', next: '', who: 'nobody' }
const failed: Order['timeline'] = [{ at: '2026-06-01T10:00:00Z', actor: 'stripe', what: 'payment failed' }]

it('is paid by card while it waits for its buyer, and not while the money is on its way', () => {
  expect(payable(aPlacedOrder())).toBe(true)
  expect(payable(aPlacedOrder({ explanation: onItsWay }))).toBe(false)
  expect(payable(aPlacedOrder({ payment_method: 'invoice' }))).toBe(false)
  expect(payable(aPlacedOrder({ status: 'expired' }))).toBe(false)
})

it('is given up while it is not paid, and not while the money is on its way', () => {
  expect(revocable(aPlacedOrder({ status: 'awaiting_approval' }))).toBe(true)
  expect(revocable(aPlacedOrder({ explanation: onItsWay }))).toBe(false)
  expect(revocable(aPlacedOrder({ status: 'fulfilled' }))).toBe(false)
})

it('has failed to be paid until the buyer tries again', () => {
  expect(paymentFailed(aPlacedOrder({ timeline: failed }))).toBe(true)
  expect(paymentFailed(aPlacedOrder())).toBe(false)
  expect(paymentFailed(aPlacedOrder({ timeline: failed, status: 'expired' }))).toBe(false)
})

it('asks for what is missing, and never again for what went back', () => {
  const part = aPlacedOrder({ payment_status: 'partially_paid', paid: eur(400) })
  expect(leftToPay(part)).toEqual(eur(600))
  expect(leftToPay({ ...part, status: 'cancelled' })).toBeUndefined()
  expect(leftToPay({ ...part, payment_status: 'partially_refunded' })).toBeUndefined()
  expect(leftToPay(aPlacedOrder({ payment_status: 'paid', paid: eur(1000) }))).toBeUndefined()
})

it('says who sends a refund', () => {
  expect(refundStand(aRefund())).toBe('underWay')
  expect(refundStand(aRefund({ by: 'bank' }))).toBe('byOrganizer')
  expect(refundStand(aRefund({ status: 'succeeded' }))).toBe('sent')
  expect(refundStand(aRefund({ status: 'failed' }))).toBe('failed')
})

it.each<[string, Partial<Order>]>([
  ['held', {}],
  ['failed', { timeline: failed }],
  ['processing', { explanation: onItsWay }],
  ['invoice', { payment_method: 'invoice' }],
  ['overdue', { status: 'fulfilled', attention: ['invoice_overdue'] }],
  ['mismatch', { attention: ['payment_mismatch'] }],
  ['late', { status: 'expired', attention: ['paid_after_end'] }],
  ['disputed', { status: 'fulfilled', attention: ['dispute', 'invoice_overdue'] }],
  ['disputed', { status: 'fulfilled', tickets: [aTicket({ status: 'suspended' })] }],
  ['approval', { status: 'awaiting_approval' }],
  ['making', { status: 'settled' }],
  ['ready', { status: 'fulfilled' }],
  ['cancelled', { status: 'cancelled', attention: ['refund_by_hand'] }],
])('stands as %s', (stand, order) => expect(standOf(aPlacedOrder(order))).toBe(stand))

it('shows the invoice of tickets that were given before it is paid as the step that is left', () => {
  const given = aPlacedOrder({ status: 'fulfilled', payment_method: 'invoice' })
  expect(stepsOf(given).filter((step) => !step.done)).toEqual([{ name: 'invoice', done: false }])
})

it('keeps the step of the approval once it was given, and has no payment where nothing costs', () => {
  const approved: Order['timeline'] = [{ at: '', actor: 'organizer', what: 'approved: welcome' }]
  const free = aPlacedOrder({ status: 'settled', total: eur(0), timeline: approved })
  expect(stepsOf(free).map((step) => step.name)).toEqual(['placed', 'approval', 'tickets'])
})

it('is done when the tickets are paid, all have a name, and no question waits', () => {
  const holder = { name: 'Kari', email: 'kari@example.com' }
  const done = aPlacedOrder({ status: 'fulfilled', payment_status: 'paid', tickets: [aTicket({ holder })] })
  expect(allDone(done)).toBe(true)
  expect(allDone({ ...done, tickets: [aTicket()] })).toBe(false)
  expect(allDone({ ...done, unanswered: ['diet'] })).toBe(false)
  expect(allDone({ ...done, payment_status: 'unpaid' })).toBe(false)
})

it('finds tickets by words of their number, kind, seat and holder', () => {
  const tickets = [
    aTicket({ id: 'o-1', holder: { name: 'Kari Nordmann', email: 'kari@example.com' } }),
    aTicket({ id: 'o-2', number: 2, tier_title: 'VIP', seat: 'Stalls · 4 · 12' }),
  ]
  const ids = (typed: string) => found(tickets, typed).map((ticket) => ticket.id)
  expect(ids(' NORD kari')).toEqual(['o-1'])
  expect(ids('vip stalls')).toEqual(['o-2'])
  expect(ids('kari vip')).toEqual([])
  expect(ids('')).toEqual(['o-1', 'o-2'])
})
