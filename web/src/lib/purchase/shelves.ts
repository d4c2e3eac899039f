import type { EventPage, Money, Tier } from '$lib/api/types'
import { tiersOf } from './basket'

/** A category as the page shows it: its tiers, each followed by the add-ons that go with it. */
export interface Shelf {
  id: string
  title: string
  description: string
  tiers: Tier[]
}

/** What there is, in the order of the page, without what is empty. */
export function shelvesOf(event: EventPage): Shelf[] {
  const all = tiersOf(event)
  const stands = ({ add_on_of }: Tier) => !all.some((tier) => tier.id === add_on_of)
  const withAddOns = (tier: Tier) => [tier, ...all.filter(({ add_on_of }) => add_on_of === tier.id)]
  return event.categories
    .map(({ id, title, description, tiers }) => ({
      id,
      title,
      description,
      tiers: tiers.filter(stands).flatMap(withAddOns),
    }))
    .filter(({ tiers }) => tiers.length > 0)
}

/** What a ticket that is to be had costs at least, and whether there is a free one; nothing where there is none. */
export function cheapest(event: EventPage): { free: boolean; paid: Money | undefined } | undefined {
  const prices = tiersOf(event)
    .filter((tier) => tier.add_on_of === null && !['ended', 'sold_out'].includes(tier.state))
    .flatMap((tier) => tier.prices.map(({ floor, amount }) => floor ?? amount))
  if (prices.length === 0) return undefined
  const paid = prices.filter(({ amount }) => amount > 0)
  return { free: paid.length < prices.length, paid: paid.sort((a, b) => a.amount - b.amount)[0] }
}
