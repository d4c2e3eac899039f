import type { OrderRow } from './api'
import { ATTENTION, METHODS, PAYMENTS, SOURCES, STATUSES } from './words'

/** Which orders; without any of these all of them. As the API names its filters. */
export interface Wanted {
  attention?: (typeof ATTENTION)[number] | 'any'
  status?: OrderRow['status']
  payment_status?: OrderRow['payment_status']
  method?: OrderRow['payment_method']
  source?: OrderRow['source']
  tier?: string
  organization?: string
  from?: string
  to?: string
  q?: string
}

/** What the address of the page says: which orders are listed, and which one is open. */
export interface Address {
  wanted: Wanted
  order?: string
}

const DAY = /^\d{4}-\d\d-\d\d$/
const MOST_LETTERS = 200

/** Reads an address. What is no filter is passed over, so that an old or broken link shows more rather than nothing. */
export function readAddress(query: URLSearchParams): Address {
  const said = (name: string) => query.get(name)?.slice(0, MOST_LETTERS) || undefined
  const one = <T extends string>(name: string, known: readonly T[]) => known.find((it) => it === said(name))
  const day = (name: string) => (DAY.test(said(name) ?? '') ? said(name) : undefined)
  const wanted: Wanted = {
    attention: one('attention', ['any', ...ATTENTION] as const),
    status: one('status', STATUSES),
    payment_status: one('payment_status', PAYMENTS),
    method: one('method', METHODS),
    source: one('source', SOURCES),
    tier: said('tier'),
    organization: said('organization'),
    from: day('from'),
    to: day('to'),
    q: said('q')?.trim(),
  }
  return { wanted: trimmed(wanted), order: said('order') }
}

/** Writes the query of an address, always in the same order; what is left out is not said. */
export function writeAddress({ wanted, order }: Address): string {
  return `?${new URLSearchParams(Object.entries({ ...trimmed(wanted), ...(order && { order }) }))}`
}

/** What is wanted, without what is left empty. */
export function trimmed(wanted: Wanted): Wanted {
  return Object.fromEntries(Object.entries(wanted).filter(([, value]) => Boolean(value)))
}

export function isEmpty(wanted: Wanted): boolean {
  return Object.keys(trimmed(wanted)).length === 0
}

/** Whether a row that has changed is still among those that are wanted. Time and words stay as they were. */
export function fits(row: OrderRow, wanted: Wanted): boolean {
  const { attention, status, payment_status, method, source, tier, organization } = wanted
  if (attention && (attention === 'any' ? !row.attention.length : !row.attention.includes(attention))) {
    return false
  }
  return (
    (!status || row.status === status) &&
    (!payment_status || row.payment_status === payment_status) &&
    (!method || row.payment_method === method) &&
    (!source || row.source === source) &&
    (!tier || row.tiers.some((one) => one.tier_id === tier)) &&
    (!organization || row.company_id === organization)
  )
}
