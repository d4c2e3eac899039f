import type { Money } from '$lib/api/types'
import type { Allotment, OrganizerTier, PlaceOrder } from './api'

export const KINDS = ['comp', 'invoice', 'allotment'] as const
export type Kind = (typeof KINDS)[number]

/** An order that somebody of the organizer writes up: for nothing, by invoice, or from what a company has. */
export class NewOrderForm {
  kind = $state<Kind>('comp')
  quantities = $state<Record<string, number>>({})
  prices = $state<Record<string, string>>({})
  email = $state('')
  name = $state('')
  company = $state('')
  vatId = $state('')
  reference = $state('')
  companyId = $state('')
  allotmentId = $state('')

  /** What is set apart for companies, once it is known. */
  allotted = $state.raw<readonly Allotment[]>()

  constructor(private readonly tiers: readonly OrganizerTier[]) {}

  /** What is set apart for the chosen company. */
  get allotments(): Allotment[] {
    return (this.allotted ?? []).filter(
      ({ company_id, ended_at }) => company_id === this.companyId && ended_at === null,
    )
  }

  get allotment(): Allotment | undefined {
    if (this.kind !== 'allotment') return undefined
    return this.allotments.find(({ id }) => id === this.allotmentId)
  }

  /** What can be ordered: all tiers, or that of the allotment. */
  get offered(): readonly OrganizerTier[] {
    if (this.kind !== 'allotment') return this.tiers.filter(({ prices }) => prices.length > 0)
    return this.tiers.filter(({ id }) => id === this.allotment?.tier_id)
  }

  get tickets(): number {
    return this.offered.reduce((sum, { id }) => sum + (this.quantities[id] ?? 0), 0)
  }

  priceOf(tier: OrganizerTier): OrganizerTier['prices'][number] | undefined {
    return tier.prices.find(({ id }) => id === this.prices[tier.id]) ?? tier.prices[0]
  }

  /** What it will come to before discounts and taxes; of an allotment its terms say it. */
  estimate(currency: string): Money | undefined {
    if (this.kind === 'allotment') return undefined
    if (this.kind === 'comp') return { amount: 0, currency }
    const amount = this.offered.reduce(
      (sum, tier) => sum + (this.quantities[tier.id] ?? 0) * (this.priceOf(tier)?.amount.amount ?? 0),
      0,
    )
    return { amount, currency }
  }

  get body(): PlaceOrder {
    const lines = this.offered.flatMap((tier) => {
      const quantity = this.quantities[tier.id] ?? 0
      if (quantity === 0) return []
      const price_id = this.kind === 'invoice' ? this.priceOf(tier)?.id : undefined
      return [{ tier_id: tier.id, quantity, ...(price_id && { price_id }) }]
    })
    const company = this.company.trim()
    return {
      lines,
      buyer: { email: this.email.trim(), name: this.name.trim() },
      ...(this.kind !== 'allotment' && { payment_method: this.kind === 'comp' ? 'free' : 'invoice' }),
      ...(this.kind !== 'comp' &&
        company && {
          billing: {
            company,
            vat_id: this.vatId.trim() || null,
            reference: this.reference.trim() || null,
          },
        }),
      ...(this.companyId && { company_id: this.companyId }),
      ...(this.allotment && { allotment_id: this.allotment.id, source: 'allotment' }),
    }
  }
}
