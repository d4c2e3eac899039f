/** What a buyer does on a seat map: the rules of choosing, over the choices of his purchase. */
import type { Api } from '$lib/api/client'
import { asProblem } from '$lib/api/problem'
import type { Price, Tier } from '$lib/api/types'
import { t } from '$lib/i18n/index.svelte'
import { choiceId, mostOf, tiersOf } from '$lib/purchase/basket'
import type { Purchase } from '$lib/purchase/purchase.svelte'
import type { House, Seat } from './house'

/** A ticket that has a seat: what it costs, and the categories of the house in which it may sit. */
export interface Fare {
  id: string
  tier: Tier
  price: Price
  categories: readonly number[]
}

export interface Taken {
  seat: Seat
  fare: Fare
}

export class SeatChoice {
  /** What was refused last, in words. */
  refusal = $state('')
  searching = $state(false)
  readonly fares = $derived.by(() => this.#fares())
  /** What is chosen, in the order of the page. */
  readonly taken = $derived.by(() => this.#taken())
  readonly seats = $derived(this.taken.map(({ seat }) => seat))

  constructor(
    private readonly api: Pick<Api, 'bestSeats'>,
    private readonly purchase: Purchase,
    readonly house: House,
  ) {}

  /** Whether a category is sold to this buyer now. */
  sells(category: number): boolean {
    return this.fares.some(({ categories }) => categories.includes(category))
  }

  /** The tickets that may have a seat. */
  faresOf(seat: Seat): Fare[] {
    return this.fares.filter(({ categories }) => categories.includes(seat.category))
  }

  isChosen(seat: Seat): boolean {
    return this.seats.includes(seat)
  }

  /** Takes a seat, or lets it go. */
  toggle(seat: Seat): void {
    this.refusal = ''
    if (this.isChosen(seat)) this.drop(seat)
    else this.#take(seat)
  }

  drop(seat: Seat): void {
    const companions = this.seats.filter(({ companionOf }) => companionOf === seat.id)
    for (const { id } of this.fares) this.#keep(id, (kept) => kept !== seat && !companions.includes(kept))
  }

  /** Sells a chosen seat as another ticket. */
  change(seat: Seat, to: Fare): void {
    if (!this.#hasRoom(to)) return
    const from = this.taken.find((taken) => taken.seat === seat)?.fare
    if (from) this.#keep(from.id, (kept) => kept !== seat)
    this.#choose(to.id, [...this.seatsOf(to.id), seat])
  }

  seatsOf(fareId: string): Seat[] {
    return this.taken.filter(({ fare }) => fare.id === fareId).map(({ seat }) => seat)
  }

  /** Takes the best seats for so many tickets, in the place of those that were chosen for them. */
  async takeBest(fare: Fare, quantity: number): Promise<Seat[]> {
    const found = await this.#search(fare, quantity)
    if (found.length > 0) this.#choose(fare.id, found)
    return found
  }

  /** Takes other seats in the place of those that somebody else has now, as near to them as can be. */
  async replaceLost(): Promise<Seat[]> {
    const near = this.purchase.lostSeats[0]
    const found: Seat[] = []
    for (const { id, quantity, seats } of this.purchase.choices) {
      const fare = this.fares.find((one) => one.id === id)
      if (!fare || !seats || seats.length === quantity) continue
      const others = await this.#search(fare, quantity - seats.length, near)
      if (others.length > 0) this.#choose(id, [...this.seatsOf(id), ...others])
      found.push(...others)
    }
    return found
  }

  #take(seat: Seat): void {
    const fares = this.faresOf(seat)
    if (seat.state !== 'free' || fares.length === 0) {
      this.refusal = t('seats.notFree')
    } else if (seat.companionOf && !this.seats.some(({ id }) => id === seat.companionOf)) {
      this.refusal = t('seats.companionFirst')
    } else {
      const last = this.taken.findLast(({ fare }) => fares.includes(fare))?.fare
      const fare = [...(last ? [last] : []), ...fares].find((one) => this.#hasRoom(one))
      if (fare) this.#choose(fare.id, [...this.seatsOf(fare.id), seat])
    }
  }

  #hasRoom(fare: Fare): boolean {
    const most = mostOf(fare.tier, fare.price, this.purchase.draft.quantities)
    this.refusal =
      this.seatsOf(fare.id).length < most ? '' : t('seats.limit', { most, ticket: fare.tier.title })
    return this.refusal === ''
  }

  #keep(fareId: string, keeps: (seat: Seat) => boolean): void {
    const seats = this.seatsOf(fareId)
    const kept = seats.filter(keeps)
    if (kept.length < seats.length) this.#choose(fareId, kept)
  }

  #choose(fareId: string, seats: readonly Seat[]): void {
    this.purchase.chooseSeats(
      fareId,
      seats.map(({ id }) => id),
    )
  }

  async #search(fare: Fare, quantity: number, near?: string): Promise<Seat[]> {
    // Nothing is held yet, so what was chosen before may be found again: it is asked for more and left out.
    const mine = near ? this.seats : this.seats.filter((seat) => !this.seatsOf(fare.id).includes(seat))
    const also = mine.filter(({ category }) => fare.categories.includes(category)).length
    this.refusal = ''
    this.searching = true
    try {
      const { email_proof } = this.purchase.shown
      const best = await this.api.bestSeats(this.purchase.event.slug, {
        tier_id: fare.tier.id,
        quantity: quantity + also,
        ...(near && { near }),
        ...this.purchase.shown,
        ...(email_proof && { email: this.purchase.draft.email.trim() }),
      })
      const found = best.seats.flatMap(({ id }) => this.house.byId.get(id) ?? [])
      return found.filter((seat) => !mine.includes(seat)).slice(0, quantity)
    } catch (error) {
      this.refusal = asProblem(error).message
      return []
    } finally {
      this.searching = false
    }
  }

  #fares(): Fare[] {
    return tiersOf(this.purchase.event)
      .filter((tier) => tier.state === 'on_sale' && tier.seat_choice === 'pick')
      .flatMap((tier) => {
        const categories = this.house.categories.flatMap(({ tier_ids }, number) =>
          tier_ids.includes(tier.id) ? [number] : [],
        )
        return tier.prices.map((price) => ({ id: choiceId(tier, price), tier, price, categories }))
      })
  }

  #taken(): Taken[] {
    return this.purchase.choices.flatMap(({ id, tier, price, seats }) => {
      const fare = this.fares.find((one) => one.id === id) ?? { id, tier, price, categories: [] }
      return (seats ?? []).flatMap((seatId) => {
        const seat = this.house.byId.get(seatId)
        return seat ? [{ seat, fare }] : []
      })
    })
  }
}
