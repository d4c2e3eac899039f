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
import type { Fault } from '$lib/api/problem'
import { formatMoney, readMoney } from '$lib/format/money'
import { t } from '$lib/i18n/index.svelte'

/** How many of each price are chosen, by `choiceId`. */
export type Quantities = Readonly<Record<string, number>>

/** What was typed as the price where one pays what one wants, by `choiceId`. */
export type Amounts = Readonly<Record<string, string>>

/** The seats that were picked on the map, by `choiceId`. A choice without an entry gets the best ones there are. */
export type Seats = Readonly<Record<string, readonly string[]>>

export interface Choice {
  id: string
  tier: Tier
  price: Price
  quantity: number
  /** Ids of the seats that were picked for it, at most one a ticket. */
  seats: readonly string[] | undefined
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
export function choicesOf(
  event: EventPage,
  quantities: Quantities,
  amounts: Amounts = {},
  seats: Seats = {},
): Choice[] {
  return tiersOf(event)
    .flatMap((tier) => tier.prices.map((price) => ({ id: choiceId(tier, price), tier, price })))
    .map((choice) => ({
      ...choice,
      quantity: quantities[choice.id] ?? 0,
      seats: pickedSeats(choice.tier, seats[choice.id])?.slice(0, quantities[choice.id] ?? 0),
      unit: unitOf(choice.price, amounts[choice.id]),
    }))
    .filter((choice) => choice.quantity > 0)
}

/** Where each seat is picked on the map, a choice without seats lacks them all. */
function pickedSeats(tier: Tier, seats: readonly string[] | undefined): readonly string[] | undefined {
  return seats ?? (tier.seat_choice === 'pick' ? [] : undefined)
}

export function linesOf(choices: readonly Choice[]): LineRequest[] {
  return choices.map(({ tier, price, quantity, seats, unit }) => ({
    tier_id: tier.id,
    price_id: price.id,
    quantity,
    ...(price.floor && unit && { unit }),
    ...(seats && { seats: [...seats] }),
  }))
}

/** What is wrong with the choices themselves: an amount that is none, and tickets whose seats were taken. */
export function choiceFaults(choices: readonly Choice[]): Fault[] {
  return choices.flatMap(({ unit, price, seats, quantity }, index) => {
    const line = `lines[${index}]`
    const faults: Fault[] = []
    if (!unit && price.floor) {
      const least = formatMoney(price.floor)
      faults.push({ field: `${line}.unit`, message: t('common.atLeast', { least }) })
    }
    if (seats && seats.length < quantity) {
      const count = quantity - seats.length
      faults.push({ field: `${line}.seats`, message: t('common.pickSeats', { count }) })
    }
    return faults
  })
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
export function carryOver<T>(
  event: EventPage,
  chosen: Readonly<Record<string, T>>,
  join: (one: T, other: T) => T,
): Record<string, T> {
  const carried: Record<string, T> = {}
  for (const [id, one] of Object.entries(chosen)) {
    const tier = tiersOf(event).find((candidate) => id.startsWith(`${candidate.id}/`))
    const price = tier?.prices.find((candidate) => choiceId(tier, candidate) === id) ?? tier?.prices[0]
    if (!tier || !price) continue
    const kept = choiceId(tier, price)
    carried[kept] = kept in carried ? join(carried[kept] as T, one) : one
  }
  return carried
}

/** The page with the tiers and questions that are open to this buyer in their place, and those it does not list
 * before all others. */
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
    categories.unshift({
      id: 'opened',
      title: t('common.forYou'),
      description: '',
      position: -1,
      tiers: forYou,
    })
  }
  const known = new Set(event.questions.map((question) => question.id))
  const questions = [
    ...event.questions.map((question) => asked.find(({ id }) => id === question.id) ?? question),
    ...asked.filter((question) => !known.has(question.id)),
  ]
  return { ...event, categories, questions }
}
