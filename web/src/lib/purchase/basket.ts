import type {
  EventPage,
  LineRequest,
  Money,
  PaymentMethod,
  Price,
  Question,
  Quote,
  Tier,
} from '$lib/api/types'
import { readMoney } from '$lib/format/money'

/** How many of each price are chosen, by `choiceId`. */
export type Quantities = Readonly<Record<string, number>>

/** What was typed as the price where one pays what one wants, by `choiceId`. */
export type Amounts = Readonly<Record<string, string>>

export interface Choice {
  id: string
  tier: Tier
  price: Price
  quantity: number
  /** What one costs: the price, or what the buyer has typed; nothing if that is no amount, or too little. */
  unit: Money | undefined
}

export function choiceId(tier: Tier, price: Price): string {
  return `${tier.id}/${price.id}`
}

export function tiersOf(event: EventPage): Tier[] {
  return event.categories.flatMap((category) => category.tiers)
}

/** What is chosen, in the order of the page. */
export function choicesOf(event: EventPage, quantities: Quantities, amounts: Amounts = {}): Choice[] {
  return tiersOf(event)
    .flatMap((tier) => tier.prices.map((price) => ({ id: choiceId(tier, price), tier, price })))
    .map((choice) => ({
      ...choice,
      quantity: quantities[choice.id] ?? 0,
      unit: unitOf(choice.price, amounts[choice.id]),
    }))
    .filter((choice) => choice.quantity > 0)
}

export function linesOf(choices: readonly Choice[]): LineRequest[] {
  return choices.map(({ tier, price, quantity, unit }) => ({
    tier_id: tier.id,
    price_id: price.id,
    quantity,
    ...(price.floor && unit && { unit }),
  }))
}

function unitOf(price: Price, typed: string | undefined): Money | undefined {
  if (!price.floor || typed === undefined) return price.amount
  const unit = readMoney(typed, price.amount.currency)
  return unit && unit.amount >= price.floor.amount ? unit : undefined
}

const MOST_PER_LINE = 1_000

/** The most that may be chosen of one price, given what is chosen of the tier's other prices. */
export function mostOf(tier: Tier, price: Price, quantities: Quantities): number {
  if (tier.state !== 'on_sale') return 0
  const others = tier.prices
    .filter((other) => other.id !== price.id)
    .reduce((sum, other) => sum + (quantities[choiceId(tier, other)] ?? 0), 0)
  const alongside = tier.add_on_of === null ? Infinity : quantityOf(tier.add_on_of, quantities)
  const ofTier = Math.min(tier.ticket_limit_per ?? Infinity, tier.available ?? Infinity, alongside) - others
  return Math.max(0, Math.min(MOST_PER_LINE, price.max ?? Infinity, ofTier))
}

function quantityOf(tierId: string, quantities: Quantities): number {
  return Object.entries(quantities)
    .filter(([id]) => id.startsWith(`${tierId}/`))
    .reduce((sum, [, quantity]) => sum + quantity, 0)
}

/** One step of a quantity: it jumps over what lies between none and the price's minimum. */
export function step(quantity: number, change: 1 | -1, least: number, most: number): number {
  if (change === 1) {
    const up = Math.max(quantity + 1, least)
    return up <= most ? up : quantity
  }
  const down = Math.min(quantity - 1, most)
  return down < least ? 0 : down
}

/** The payment methods that all prices with an amount share; only "free" where nothing is to pay. */
export function methodsOf(choices: readonly Choice[], quote?: Quote): PaymentMethod[] {
  const total = quote?.total ?? subtotalOf(choices)
  if (!total || total.amount === 0) return ['free']
  const paid = choices.filter((choice) => choice.unit?.amount !== 0)
  const common =
    quote?.payment_methods ??
    paid
      .map((choice) => choice.price.payment_methods)
      .reduce((shared, methods) => shared.filter((method) => methods.includes(method)))
  return common.filter((method) => method !== 'free')
}

/** The sum before discounts and tax, shown until the quote arrives. */
export function subtotalOf(choices: readonly Choice[]): Money | undefined {
  const currency = choices[0]?.price.amount.currency
  if (!currency) return undefined
  return {
    amount: choices.reduce(
      (sum, { price, quantity, unit }) => sum + (unit ?? price.amount).amount * quantity,
      0,
    ),
    currency,
  }
}

/** Moves what was chosen at a price that is gone to the tier's first price, so that no choice is lost. */
export function carryOver(event: EventPage, quantities: Quantities): Record<string, number> {
  const carried: Record<string, number> = {}
  for (const [id, quantity] of Object.entries(quantities)) {
    const tier = tiersOf(event).find((candidate) => id.startsWith(`${candidate.id}/`))
    const price = tier?.prices.find((candidate) => choiceId(tier, candidate) === id) ?? tier?.prices[0]
    if (!tier || !price) continue
    const kept = choiceId(tier, price)
    carried[kept] = (carried[kept] ?? 0) + quantity
  }
  return carried
}

/** The page with the tiers and questions that are open to this buyer in their place, and those it does not list
 * at its end. */
export function withOpened(
  event: EventPage,
  opened: readonly Tier[],
  asked: readonly Question[] = [],
): EventPage {
  const listed = new Set(tiersOf(event).map((tier) => tier.id))
  const forYou = opened.filter((tier) => !listed.has(tier.id))
  const categories = event.categories.map((category) => ({
    ...category,
    tiers: category.tiers.map((tier) => opened.find(({ id }) => id === tier.id) ?? tier),
  }))
  if (forYou.length > 0) {
    categories.push({ id: 'opened', title: 'For you', description: '', position: Infinity, tiers: forYou })
  }
  const known = new Set(event.questions.map((question) => question.id))
  const questions = [
    ...event.questions.map((question) => asked.find(({ id }) => id === question.id) ?? question),
    ...asked.filter((question) => !known.has(question.id)),
  ]
  return { ...event, categories, questions }
}
