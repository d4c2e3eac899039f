import type { ArrivalsReport, Balance, CashReport, CashRow, ReportsApi, SalesReport, SalesRow } from './api'

export const EVENT = { id: 'evt_1', slug: 'nordic-days', timezone: 'Europe/Oslo' }
export const ACCOUNT = { id: 'org_1', title: 'Northern Lights', role: 'finance' as const }

export function euros(amount: number): Balance {
  return { amount: amount * 100, currency: 'EUR' }
}

export function aSale(key: string, gross: number, overrides: Partial<SalesRow> = {}): SalesRow {
  return {
    key,
    label: '',
    orders: 1,
    tickets: 2,
    gross: euros(gross),
    net: euros(gross),
    tax: euros(0),
    discount: euros(0),
    refunded: euros(0),
    credited: euros(0),
    ...overrides,
  }
}

export function someSales(by: SalesReport['by'], rows: SalesRow[]): SalesReport {
  const gross = rows.reduce((sum, row) => sum + row.gross.amount, 0) / 100
  const count = (what: 'orders' | 'tickets') => rows.reduce((sum, row) => sum + row[what], 0)
  const total = aSale('total', gross, { orders: count('orders'), tickets: count('tickets') })
  return { currency: 'EUR', by, rows, total }
}

export function someArrivals(rows: ArrivalsReport['rows']): ArrivalsReport {
  return { by: 'gate', interval: 15, rows, total: { in: 0, out: 0 } }
}

export function aWay(at: string, key: string, into: number, out = 0): ArrivalsReport['rows'][number] {
  return { at, key, label: key === 'none' ? '' : key, in: into, out }
}

export function anAccount(account: CashRow['account'], captured: number, in_ledger = captured): CashRow {
  return {
    account,
    captured: euros(captured),
    refunded: euros(0),
    in_ledger: euros(in_ledger),
    difference: euros(captured - in_ledger),
  }
}

export function someCash(rows: CashRow[], open: CashReport['open'] = []): CashReport {
  const sum = (what: 'captured' | 'in_ledger') => rows.reduce((all, row) => all + row[what].amount, 0) / 100
  return { currency: 'EUR', rows, open, total: anAccount(null, sum('captured'), sum('in_ledger')) }
}

export function anApi(overrides: Partial<ReportsApi>): ReportsApi {
  const unasked = () => Promise.reject(new Error('was not expected'))
  return {
    sales: unasked,
    salesFile: unasked,
    arrivals: unasked,
    arrivalsFile: unasked,
    cash: unasked,
    cashFile: unasked,
    ...overrides,
  }
}
