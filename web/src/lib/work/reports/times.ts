/** Days, weeks and months as the reports name them: 2027-03-01, 2027-W09 (ISO 8601), 2027-03. */
import { pageLocale } from '$lib/format/locale'
import { wallTime } from '$lib/format/zone'

export type Span = 'day' | 'week' | 'month'
export const PERIODS = ['all', '7', '30', 'month', 'own'] as const
export type Period = (typeof PERIODS)[number]

interface Days {
  from?: string
  to?: string
}

const DAY = 24 * 3600 * 1000
const WEEK = 7 * DAY
/** More would be too narrow to be told apart, and something is far from the rest. */
const MOST = 800

export function isSpan(by: string): by is Span {
  return by === 'day' || by === 'week' || by === 'month'
}

/** All from the first to the last of these, which are in order: a chart of time has no gaps where nothing was. */
export function filled(by: Span, keys: readonly string[]): readonly string[] {
  const [first, last] = [keys[0], keys.at(-1)]
  if (first === undefined || last === undefined) return []
  const all = [first]
  while (all.length <= MOST) {
    const latest = all.at(-1) ?? last
    if (latest >= last) return all
    all.push(next(by, latest))
  }
  return keys
}

/** How a span is called: as short as it fits below a chart, or in full. */
export function spanName(by: Span, key: string, full: boolean, locale = pageLocale()): string {
  const begin = beginOf(by, key)
  const named = (format: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat(locale, { ...format, timeZone: 'UTC' })
  if (by === 'month') return named({ month: full ? 'long' : 'short', year: 'numeric' }).format(begin)
  if (!full) return named({ day: 'numeric', month: 'short' }).format(begin)
  const whole = named({ dateStyle: 'medium' })
  return by === 'day' ? whole.format(begin) : whole.formatRange(begin, begin + WEEK - DAY)
}

/** The days of a period that ends now; all of them where it begins nowhere. */
export function daysOf(period: '7' | '30' | 'month', timezone: string, now = Date.now()): Days {
  const today = wallTime(now, timezone).date
  if (period === 'month') return { from: `${today.slice(0, 7)}-01` }
  return { from: dayOf(Date.parse(today) - (Number(period) - 1) * DAY) }
}

export function periodOf({ from, to }: Days, timezone: string, now = Date.now()): Period {
  if (!from && !to) return 'all'
  if (to) return 'own'
  return (['7', '30', 'month'] as const).find((one) => daysOf(one, timezone, now).from === from) ?? 'own'
}

function next(by: Span, key: string): string {
  const begin = beginOf(by, key)
  if (by === 'day') return dayOf(begin + DAY)
  if (by === 'week') return weekOf(begin + WEEK)
  const month = new Date(begin)
  month.setUTCMonth(month.getUTCMonth() + 1)
  return dayOf(month.getTime()).slice(0, 7)
}

function beginOf(by: Span, key: string): number {
  if (by !== 'week') return Date.parse(by === 'day' ? key : `${key}-01`)
  const [year = '', week = ''] = key.split('-W')
  // The 4th of January is always in the first week.
  return mondayOf(Date.UTC(Number(year), 0, 4)) + (Number(week) - 1) * WEEK
}

function weekOf(at: number): string {
  // A week belongs to the year of its Thursday.
  const year = new Date(mondayOf(at) + 3 * DAY).getUTCFullYear()
  const week = Math.round((mondayOf(at) - mondayOf(Date.UTC(year, 0, 4))) / WEEK) + 1
  return `${year}-W${String(week).padStart(2, '0')}`
}

function mondayOf(at: number): number {
  return at - ((new Date(at).getUTCDay() + 6) % 7) * DAY
}

function dayOf(at: number): string {
  return new Date(at).toISOString().slice(0, 10)
}
