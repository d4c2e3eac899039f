import { expect, it } from 'vitest'
import { told } from './timeline'

const say = (what: string) => told({ at: '2026-06-01T10:00:00Z', actor: 'system', what })

it.each([
  ['placed', 'Order placed'],
  ['invoice INV-000007', 'Invoice INV-000007 issued'],
  ['invoice not paid', 'Invoice not paid'],
  ['credit note CN-000001', 'Credit note CN-000001 issued'],
  ['refund 2 sent', 'Refund 2 sent'],
  ['refund 2 succeeded', 'Refund 2 sent'],
  ['refund 1 refused', 'Refund 1 did not get through'],
  ['refund of tickets 2', 'Refund for ticket 2'],
  ['refund of tickets 2, 5', 'Refund for tickets 2 and 5'],
  ['cancelled tickets 1, 3', 'Tickets 1 and 3 cancelled'],
  ['12 tickets have their seats', '12 tickets have their seats'],
  ['set aside refund_failed', 'Set aside: refund failed'],
  ['set aside something_new', 'Set aside: something_new'],
  [
    'ticket 1 has the seat Stalls · 4 · 12; ticket 2 has no seat any more',
    'Ticket 1: seat Stalls · 4 · 12, Ticket 2 has no seat any more',
  ],
])('says %j as %j', (what, text) => expect(say(what)).toEqual({ text }))

it('keeps what somebody has added beside it, and says what the system adds in the reader’s words', () => {
  expect(say('cancelled: the hall is too small: see you')).toEqual({
    text: 'Cancelled',
    note: 'the hall is too small: see you',
  })
  expect(say('cancelled tickets 1: the event is cancelled')).toEqual({
    text: 'Ticket 1 cancelled',
    note: 'The event is cancelled',
  })
})

it('shows what an organizer has noted for his own side', () => {
  expect(say('note: Has called: wants seats\nin front')).toEqual({
    text: 'Note',
    note: 'Has called: wants seats\nin front',
  })
  expect(say('set aside dispute: we answer it')).toEqual({ text: 'Set aside: dispute', note: 'we answer it' })
})

it('falls back on the server’s words', () => {
  expect(say('something new: with a note')).toEqual({ text: 'something new: with a note' })
  expect(say('toString')).toEqual({ text: 'toString' })
})
