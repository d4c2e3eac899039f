/** The calls of an event's reports. Each answers its data or throws a Problem. */
import type { components } from '$lib/api/schema'
import { ask, type Work } from '../api'

type Schemas = components['schemas']

export type Account = NonNullable<Schemas['CashRow']['account']>
export type ArrivalsBy = Schemas['ArrivalsBy']
export type ArrivalsReport = Schemas['ArrivalsReport']
export type ArrivalsRow = Schemas['ArrivalsRow']
export type Balance = Schemas['Balance']
export type CashReport = Schemas['CashReport']
export type CashRow = Schemas['CashRow']
export type EventView = Schemas['CatalogView']
export type Interval = Schemas['Interval']
export type OpenCash = Schemas['OpenCash']
export type OpenRow = Schemas['OpenRow']
export type SalesBy = Schemas['SalesBy']
export type SalesReport = Schemas['SalesReport']
export type SalesRow = Schemas['SalesRow']

export interface SalesQuestion {
  by: SalesBy
  from?: string
  to?: string
}

export interface ArrivalsQuestion {
  by: ArrivalsBy
  interval: Interval
}

export type ReportsApi = ReturnType<typeof reportsApi>

/** As many rows of open money are told at once. */
export const MOST_OPEN = 500

const R = '/organizer/{organizer_id}/events/{event_id}/reports'
// As a file to the byte: read as text it would lose the mark by which spreadsheets know that it is UTF-8.
const CSV = { format: 'csv' } as const

export function reportsApi(work: Work, organizer_id: string, event_id: string) {
  const path = { organizer_id, event_id }

  return {
    sales: (query: SalesQuestion): Promise<SalesReport> =>
      ask(work.GET(`${R}/sales`, { params: { path, query } })),

    salesFile: (query: SalesQuestion): Promise<Blob> =>
      ask(work.GET(`${R}/sales`, { params: { path, query: { ...query, ...CSV } }, parseAs: 'blob' })),

    arrivals: (query: ArrivalsQuestion): Promise<ArrivalsReport> =>
      ask(work.GET(`${R}/arrivals`, { params: { path, query } })),

    arrivalsFile: (query: ArrivalsQuestion): Promise<Blob> =>
      ask(work.GET(`${R}/arrivals`, { params: { path, query: { ...query, ...CSV } }, parseAs: 'blob' })),

    cash: (): Promise<CashReport> => ask(work.GET(`${R}/cash`, { params: { path } })),

    cashFile: (): Promise<Blob> =>
      ask(work.GET(`${R}/cash`, { params: { path, query: CSV }, parseAs: 'blob' })),
  }
}
