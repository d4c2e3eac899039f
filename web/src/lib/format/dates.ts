import { pageLocale } from './locale'

/** Writes when an event takes place in the event's own zone, and names that zone. */
export function formatEventTime(
  startsAt: string,
  endsAt: string,
  timeZone: string,
  locale = pageLocale(),
): string {
  const [start, end] = [new Date(startsAt), new Date(endsAt)]
  const range = new Intl.DateTimeFormat(locale, {
    weekday: 'short',
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    timeZone,
  }).formatRange(start, end)
  const zones = new Set([start, end].map((at) => zoneName(at, timeZone, locale)))
  return `${range} ${[...zones].join('/')}`
}

function zoneName(at: Date, timeZone: string, locale: string): string {
  const parts = new Intl.DateTimeFormat(locale, { timeZone, timeZoneName: 'short' }).formatToParts(at)
  return parts.find((part) => part.type === 'timeZoneName')?.value ?? timeZone
}

/** Writes a moment in the given zone, or in the reader's own, and names the zone. */
export function formatMoment(at: string, timeZone?: string, locale = pageLocale()): string {
  return new Intl.DateTimeFormat(locale, {
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    timeZone,
    timeZoneName: 'short',
  }).format(new Date(at))
}

/** Writes the weekday and the time of a moment, for what has happened within days. */
export function formatTime(at: string, timeZone?: string, locale = pageLocale()): string {
  const format = { weekday: 'short', hour: '2-digit', minute: '2-digit', timeZone } as const
  return new Intl.DateTimeFormat(locale, format).format(new Date(at))
}

/** Writes a calendar day such as 2027-06-03, which is the same day everywhere. */
export function formatDay(day: string, locale = pageLocale()): string {
  const format = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeZone: 'UTC' })
  return format.format(Date.parse(day))
}

/** Seconds from `now` until `at`, never below zero. */
export function secondsUntil(at: string, now: number): number {
  return Math.max(0, Math.ceil((Date.parse(at) - now) / 1000))
}

/** Writes a span as a clock: 9:05, or 1:00:00 from an hour on. */
export function formatClock(seconds: number): string {
  const hours = Math.floor(seconds / 3600)
  const minutes = Math.floor((seconds % 3600) / 60)
  const rest = String(seconds % 60).padStart(2, '0')
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, '0')}:${rest}` : `${minutes}:${rest}`
}
