import type { Money } from '$lib/api/types'
import type { Allotment, AllotmentSettings } from './api'

export const PRICES = ['free', 'list', 'amount'] as const
export type Pricing = (typeof PRICES)[number]

/** What is set apart for a company, as it stands in the fields of a form. */
export interface AllotmentForm {
  title: string
  tier_id: string
  units: string
  price: Pricing
  /** Of each ticket, in minor units. */
  amount: number | null
  until: string | null
}

export function allotmentForm(allotment?: Allotment): AllotmentForm {
  const price = allotment?.terms?.price ?? 'free'
  const own = typeof price === 'object'
  return {
    title: allotment?.title ?? '',
    tier_id: allotment?.tier_id ?? '',
    units: allotment ? String(allotment.units) : '',
    price: own ? 'amount' : price,
    amount: own ? price.amount : null,
    until: allotment?.terms?.until ?? null,
  }
}

export type AllotmentFault = 'title' | 'tier_id' | 'units' | 'amount'

/** Which fields lack something. */
export function faultsOf(form: AllotmentForm): AllotmentFault[] {
  const missing: Record<AllotmentFault, boolean> = {
    title: !form.title.trim(),
    tier_id: !form.tier_id,
    units: !/^\d{1,7}$/.test(form.units.trim()),
    amount: form.price === 'amount' && !form.amount,
  }
  return (Object.keys(missing) as AllotmentFault[]).filter((field) => missing[field])
}

/** What was entered. How it is paid follows from what it costs. */
export function allotmentOf(form: AllotmentForm, currency: string, company_id: string): AllotmentSettings {
  const own: Money = { amount: form.amount ?? 0, currency }
  return {
    title: form.title.trim(),
    tier_id: form.tier_id,
    units: Number(form.units),
    company_id,
    terms: {
      price: form.price === 'amount' ? own : form.price,
      payment: form.price === 'free' ? 'none' : 'invoice',
      until: form.until,
    },
  }
}
