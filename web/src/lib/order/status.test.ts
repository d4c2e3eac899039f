import { expect, it } from 'vitest'
import type { Order } from '$lib/api/types'
import { aPlacedOrder, aRefund, eur } from '$lib/fixtures'
import { leftToPay, payable, paymentFailed, refundWords, revocable } from './status'

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
  expect(refundWords(aRefund())).toBe('On its way')
  expect(refundWords(aRefund({ by: 'bank' }))).toBe('The organizer is about to send it')
  expect(refundWords(aRefund({ status: 'succeeded' }))).toBe('Sent')
  expect(refundWords(aRefund({ status: 'failed' }))).toBe('Did not get through')
})
