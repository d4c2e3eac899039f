/** What the addresses of the reports say. What is unknown is passed over, what goes without saying is left out. */
import type { ArrivalsBy, ArrivalsQuestion, Interval, OpenCash, SalesBy, SalesQuestion } from './api'

export const SALES_BY = [
  'day',
  'week',
  'month',
  'tier',
  'price',
  'discount',
  'organization',
  'tax',
  'method',
] as const satisfies readonly SalesBy[]

/** What the rows of the sales are measured in: amounts first, then counts. */
export const MEASURES = [
  'gross',
  'net',
  'tax',
  'discount',
  'refunded',
  'credited',
  'orders',
  'tickets',
] as const
export type Measure = (typeof MEASURES)[number]

export const ARRIVALS_BY = ['gate', 'list', 'tier'] as const satisfies readonly ArrivalsBy[]
export const INTERVALS = [5, 15, 60] as const satisfies readonly Interval[]
export const WAYS = ['in', 'out'] as const
export type Way = (typeof WAYS)[number]

export const OPEN = [
  'difference',
  'unallocated',
  'refund_open',
  'disputed',
] as const satisfies readonly OpenCash[]

export interface SalesWanted extends SalesQuestion {
  show: Measure
}

export interface ArrivalsWanted extends ArrivalsQuestion {
  show: Way
  /** One day where the event is. */
  day?: string
}

export interface CashWanted {
  what?: OpenCash
}

const DAY = /^\d{4}-\d\d-\d\d$/

export function readSales(query: URLSearchParams): SalesWanted {
  return {
    by: one(query, 'by', SALES_BY) ?? 'day',
    show: one(query, 'show', MEASURES) ?? 'gross',
    from: day(query, 'from'),
    to: day(query, 'to'),
  }
}

export function writeSales({ by, show, from, to }: SalesWanted): string {
  return written({ by: by === 'day' ? '' : by, show: show === 'gross' ? '' : show, from, to })
}

export function readArrivals(query: URLSearchParams): ArrivalsWanted {
  const interval = Number(query.get('interval'))
  return {
    by: one(query, 'by', ARRIVALS_BY) ?? 'gate',
    interval: INTERVALS.find((known) => known === interval) ?? 15,
    show: one(query, 'show', WAYS) ?? 'in',
    day: day(query, 'day'),
  }
}

export function writeArrivals({ by, interval, show, day }: ArrivalsWanted): string {
  return written({
    by: by === 'gate' ? '' : by,
    interval: interval === 15 ? '' : String(interval),
    show: show === 'in' ? '' : show,
    day,
  })
}

export function readCash(query: URLSearchParams): CashWanted {
  return { what: one(query, 'what', OPEN) }
}

export function writeCash({ what }: CashWanted): string {
  return written({ what })
}

function one<T extends string>(query: URLSearchParams, name: string, known: readonly T[]): T | undefined {
  const said = query.get(name)
  return known.find((it) => it === said)
}

function day(query: URLSearchParams, name: string): string | undefined {
  const said = query.get(name) ?? ''
  return DAY.test(said) ? said : undefined
}

function written(said: Record<string, string | undefined>): string {
  const given = Object.entries(said).filter((entry): entry is [string, string] => Boolean(entry[1]))
  return `?${new URLSearchParams(given)}`
}
