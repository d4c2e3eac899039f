import type { Money } from '$lib/api/types'
import type { Audience, DiscountSettings, EventView, Offer, PriceSettings, Seller, Tier } from './api'

const OF_AN_EVENT = [
  'slug',
  'title',
  'description',
  'timezone',
  'currency',
  'starts_at',
  'ends_at',
  'venue',
  'images',
  'capacity',
  'ticket_limit_per',
  'plus_tags',
  'show_available',
  'hold_minutes',
  'invoice_policy',
  'invoice_days',
  'reminder_days',
  'invoice_grace_days',
  'overdue',
  'late_payment',
  'late_payment_hours',
  'cancellation_rules',
  'approval_required',
  'approval_holds_stock',
  'approval_pay_minutes',
  'waiting_list',
  'offer_minutes',
  'holder_changes_until',
  'transfers',
  'transfer_limit',
  'transfer_hours',
  'assignment_reminder_days',
  'language',
  'retention_days',
  'seller',
  'tax_included',
  'offline_partition',
] as const

export type EventFields = Pick<EventView, (typeof OF_AN_EVENT)[number]>

/** What can be changed of an event. */
export function eventFields(event: EventView): EventFields {
  return picked(event, OF_AN_EVENT)
}

const OF_A_TIER = [
  'title',
  'category',
  'active',
  'private',
  'description',
  'description_line',
  'photos',
  'ticket_limit',
  'ticket_limit_per',
  'limited',
  'whitelist_auto_approve',
  'approval_required',
  'address_required',
  'external_ids',
  'sale_starts_at',
  'sale_ends_at',
  'tax_rate',
  'add_on_of',
  'quotas',
] as const

/** A price while it is edited, which may have no amount yet. */
export interface PriceFields extends Omit<PriceSettings, 'amount' | 'label' | 'audience'> {
  label: string
  amount: Money | null
  audience: Required<Audience>
}

export type TierFields = Pick<Tier, (typeof OF_A_TIER)[number]> & {
  prices: PriceFields[]
  offers: Offer[]
  /** Left alone where it is undefined, taken away where it is null. */
  passcode: string | null | undefined
}

const NO_AUDIENCE: Required<Audience> = { type: 'everyone', code: null, company_ids: [], roles: [] }

export type Method = NonNullable<PriceSettings['payment_methods']>[number]

/** Whether somebody may have to pay it; an open price is what its buyer makes of it. */
export function costs({ amount, floor }: Pick<PriceFields, 'amount' | 'floor'>): boolean {
  return Boolean(amount?.amount || floor)
}

/** Whether somebody may have to pay nothing of it. */
export function canBeFree({ amount, floor }: Pick<PriceFields, 'amount' | 'floor'>): boolean {
  return !amount?.amount || Boolean(floor)
}

/** How a price is paid: as was chosen, as far as it is one that is paid so; else as goes without saying. */
export function methodsOf(price: Pick<PriceFields, 'amount' | 'floor' | 'payment_methods'>): Method[] {
  if (!costs(price)) return ['free']
  const chosen = price.payment_methods
  const fitting = chosen?.filter((method) => method !== 'free' || canBeFree(price))
  return fitting && (fitting.length > 0 || chosen?.length === 0) ? fitting : ['card']
}

/** Prices as they are sent. What has no amount is not sent: a form keeps it from being saved. */
export function sentPrices(prices: readonly PriceFields[]): PriceSettings[] {
  return prices.flatMap((price) => {
    const { amount, payment_methods } = price
    if (!amount) return []
    return [{ ...price, amount, payment_methods: payment_methods && costs(price) ? methodsOf(price) : null }]
  })
}

/** What can be changed of a tier. */
export function tierFields(tier: Tier): TierFields {
  return {
    ...picked(tier, OF_A_TIER),
    prices: tier.prices.map((price) => ({ ...price, audience: { ...NO_AUDIENCE, ...price.audience } })),
    offers: tier.offers,
    passcode: undefined,
  }
}

/** A tier that is not there yet: open to everybody, for nothing, until something else is said. */
export function newTier(category: string | null, currency: string): TierFields {
  return {
    title: '',
    category,
    active: true,
    private: false,
    description: '',
    description_line: '',
    photos: [],
    ticket_limit: null,
    ticket_limit_per: null,
    limited: false,
    whitelist_auto_approve: false,
    approval_required: false,
    address_required: false,
    external_ids: [],
    sale_starts_at: null,
    sale_ends_at: null,
    tax_rate: null,
    add_on_of: null,
    quotas: [],
    prices: [newPrice(currency)],
    offers: [],
    passcode: undefined,
  }
}

export function newPrice(currency: string): PriceFields {
  return {
    label: '',
    amount: { amount: 0, currency },
    floor: null,
    payment_methods: null,
    valid_from: null,
    valid_until: null,
    quantity: null,
    min: null,
    max: null,
    audience: NO_AUDIENCE,
  }
}

const OF_A_DISCOUNT = [
  'title',
  'code',
  'active',
  'percent',
  'amount',
  'buy',
  'pay',
  'tier_ids',
  'valid_from',
  'valid_until',
  'min_tickets',
  'use_limit',
  'use_limit_per',
  'ticket_limit',
  'ticket_limit_per',
] as const

export type DiscountFields = Required<Pick<DiscountSettings, (typeof OF_A_DISCOUNT)[number]>>

export function discountFields(discount: DiscountSettings): DiscountFields {
  return { ...newDiscount(), ...picked(discount, OF_A_DISCOUNT) } as DiscountFields
}

export function newDiscount(): DiscountFields {
  return {
    title: '',
    code: null,
    active: true,
    percent: null,
    amount: null,
    buy: null,
    pay: null,
    tier_ids: [],
    valid_from: null,
    valid_until: null,
    min_tickets: null,
    use_limit: null,
    use_limit_per: null,
    ticket_limit: null,
    ticket_limit_per: null,
  }
}

export const NO_SELLER: Seller = { name: '', address: '', vat_id: null, iban: null, bic: null }

function picked<T extends object, K extends keyof T>(of: T, fields: readonly K[]): Pick<T, K> {
  return Object.fromEntries(fields.map((field) => [field, of[field]])) as Pick<T, K>
}
