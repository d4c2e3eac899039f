import { describe, expect, it } from 'vitest'
import { formatClock, formatEventTime, formatMoment, secondsUntil } from './dates'

const plain = (text: string) => text.replace(/[\u2009\u202f\u00a0]/g, ' ')

describe('dates', () => {
  it("writes an event's time in the event's zone and names the zone", () => {
    const oslo = formatEventTime('2026-09-17T07:00:00Z', '2026-09-17T15:00:00Z', 'Europe/Oslo', 'en-GB')
    expect(plain(oslo)).toMatch(/17 September 2026.* 09:00 ?– ?17:00 CEST$/)
    const tokyo = formatEventTime('2026-09-17T07:00:00Z', '2026-09-17T15:00:00Z', 'Asia/Tokyo', 'en-GB')
    expect(plain(tokyo)).toMatch(/17 September 2026.* 16:00 ?– ?.*18 September 2026.* 00:00 GMT\+9$/)
  })

  it('names both zones when the clocks change during the event', () => {
    const text = formatEventTime('2026-10-24T20:00:00Z', '2026-10-25T08:00:00Z', 'Europe/Oslo', 'en-GB')
    expect(plain(text)).toMatch(/22:00 ?– ?.*09:00 CEST\/CET$/)
  })

  it('writes a moment in a zone', () => {
    expect(plain(formatMoment('2026-08-01T08:00:00Z', 'Europe/Oslo', 'en-GB'))).toBe('1 Aug 2026, 10:00 CEST')
  })

  it('counts down and stops at zero', () => {
    const now = Date.parse('2026-06-01T10:00:00Z')
    expect(secondsUntil('2026-06-01T10:09:05Z', now)).toBe(545)
    expect(secondsUntil('2026-06-01T09:59:00Z', now)).toBe(0)
  })

  it.each([
    [545, '9:05'],
    [0, '0:00'],
    [3600, '1:00:00'],
    [3725, '1:02:05'],
  ])('writes %i seconds as %s', (seconds, expected) => expect(formatClock(seconds)).toBe(expected))
})
