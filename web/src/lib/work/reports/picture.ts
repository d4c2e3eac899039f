/** What the charts of reports show, whatever draws them. */
import { formatTime } from '$lib/format/dates'
import { pageLocale } from '$lib/format/locale'
import { exponent, formatMoney } from '$lib/format/money'
import { t } from '$lib/i18n/index.svelte'
import type { ArrivalsReport, ArrivalsRow, CashReport, SalesReport, SalesRow } from './api'
import { accountName, arrivalsName, salesName } from './names'
import { filled, isSpan, spanName } from './times'
import type { Measure, Way } from './wanted'

export interface Picture {
  /** What stands along the bars, and the whole of it. */
  labels: readonly string[]
  titles: readonly string[]
  series: readonly { label: string; values: readonly number[] }[]
  /** Bars that lie have room for their names. */
  lying: boolean
  stacked: boolean
  /** Writes a value, and as short as it fits beside the chart. */
  write: (value: number) => string
  tick: (value: number) => string
}

/** More bars than these are hard to compare; the rest is one more. */
const MOST_BARS = 11
/** As many colours are told apart. */
const MOST_SERIES = 6
/** More spans would be too narrow to be seen. */
const MOST_SPANS = 600
const MINUTE = 60_000

export function valueOf(row: SalesRow, show: Measure): number {
  return show === 'orders' || show === 'tickets' ? row[show] : row[show].amount
}

export function salesPicture(report: SalesReport, show: Measure): Picture {
  const { by, rows, currency } = report
  const counts = show === 'orders' || show === 'tickets'
  const written = counts ? counting() : amounts(currency)
  const label = t(`reports.show.${show}`)
  if (isSpan(by)) {
    const values = new Map(rows.map((row) => [row.key, valueOf(row, show)]))
    const keys = filled(
      by,
      rows.map(({ key }) => key),
    )
    return {
      labels: keys.map((key) => spanName(by, key, false)),
      titles: keys.map((key) => spanName(by, key, true)),
      series: [{ label, values: keys.map((key) => values.get(key) ?? 0) }],
      lying: false,
      stacked: false,
      ...written,
    }
  }
  const bars = ranked(rows.map((row) => ({ name: salesName(by, row), value: valueOf(row, show) })))
  const names = bars.map(({ name }) => name)
  return {
    labels: names,
    titles: names,
    series: [{ label, values: bars.map(({ value }) => value) }],
    lying: true,
    stacked: false,
    ...written,
  }
}

/** Ways in or out over time, one above the other by gate, list or tier. */
export function arrivalsPicture(report: ArrivalsReport, show: Way, timezone: string): Picture {
  const rows = report.rows.filter((row) => row[show] > 0)
  const spans = spansOf(rows, report.interval * MINUTE)
  const at = new Map(spans.map((span, place) => [span, place]))
  const groups = new Map<string, { name: string; values: number[]; sum: number }>()
  for (const row of rows) {
    const group = groups.get(row.key) ?? {
      name: arrivalsName(report.by, row),
      values: spans.map(() => 0),
      sum: 0,
    }
    groups.set(row.key, group)
    const place = at.get(Date.parse(row.at)) ?? 0
    group.values[place] = (group.values[place] ?? 0) + row[show]
    group.sum += row[show]
  }
  const all = [...groups.values()].sort((one, other) => other.sum - one.sum)
  const fits = all.length <= MOST_SERIES ? all : all.slice(0, MOST_SERIES - 1)
  const rest = all.slice(fits.length)
  const series = fits.map(({ name, values }) => ({ label: name, values }))
  if (rest.length) {
    series.push({
      label: t('reports.rest', { count: rest.length }),
      values: spans.map((_, place) => sum(rest.map(({ values }) => values[place] ?? 0))),
    })
  }
  const timed = new Intl.DateTimeFormat(pageLocale(), {
    hour: '2-digit',
    minute: '2-digit',
    timeZone: timezone,
  })
  return {
    labels: spans.map((span) => timed.format(span)),
    titles: spans.map((span) => formatTime(new Date(span).toISOString(), timezone)),
    series,
    lying: false,
    stacked: true,
    ...counting(),
  }
}

export function cashPicture({ rows, currency }: CashReport): Picture {
  const names = rows.map(({ account }) => accountName(account))
  const series = (['captured', 'refunded', 'in_ledger'] as const).map((what) => ({
    label: t(`reports.cash.${what}`),
    values: rows.map((row) => row[what].amount),
  }))
  return { labels: names, titles: names, series, lying: true, stacked: false, ...amounts(currency) }
}

/** Says the largest bar and the total, for who does not see a chart. */
export function wordsOf({ titles, series, write }: Picture, total: number): string {
  const sums = titles.map((_, at) => sum(series.map(({ values }) => values[at] ?? 0)))
  const most = Math.max(...sums)
  return t('reports.most', {
    name: titles[sums.indexOf(most)] ?? '',
    value: write(most),
    total: write(total),
  })
}

function ranked(bars: { name: string; value: number }[]): { name: string; value: number }[] {
  const down = bars.toSorted((one, other) => other.value - one.value)
  if (down.length <= MOST_BARS + 1) return down
  const rest = down.slice(MOST_BARS)
  return [
    ...down.slice(0, MOST_BARS),
    { name: t('reports.rest', { count: rest.length }), value: sum(rest.map(({ value }) => value)) },
  ]
}

/** When spans begin, in milliseconds: all from the first to the last, unless those would be very many. */
function spansOf(rows: readonly ArrivalsRow[], width: number): number[] {
  const found = [...new Set(rows.map(({ at }) => Date.parse(at)))].sort((one, other) => one - other)
  const [first, last] = [found[0], found.at(-1)]
  if (first === undefined || last === undefined) return []
  // Where clocks are moved by part of a span, what was found does not lie on one grid.
  const count = (last - first) / width + 1
  if (count > MOST_SPANS || found.some((at) => (at - first) % width)) return found
  return Array.from({ length: count }, (_, place) => first + place * width)
}

function amounts(currency: string): Pick<Picture, 'write' | 'tick'> {
  const short = new Intl.NumberFormat(pageLocale(), { style: 'currency', currency, notation: 'compact' })
  return {
    write: (amount) => formatMoney({ amount, currency }),
    tick: (amount) => short.format(amount / 10 ** exponent(currency)),
  }
}

function counting(): Pick<Picture, 'write' | 'tick'> {
  const whole = new Intl.NumberFormat(pageLocale())
  return { write: (count) => whole.format(count), tick: (count) => whole.format(count) }
}

function sum(values: readonly number[]): number {
  return values.reduce((one, other) => one + other, 0)
}
