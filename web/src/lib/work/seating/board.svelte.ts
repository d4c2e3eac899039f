/** The seats of an event as they are taken: who has which, for whom others are kept, and which are chosen here. */
import type { House, Seat } from '$lib/seats/house'
import type { Look } from '$lib/seats/paint'
import type { Blocked, SeatingApi, SeatsRequest } from './api'
import { lookOf, named, NOTHING, saidAfter, sectionsOf, without, type SaidOf, type Wish } from './said'

export class Board {
  said = $state.raw<SaidOf>(NOTHING)
  chosen = $state.raw<readonly Seat[]>([])
  wish = $state<Wish>('all')
  readonly counts = $derived.by(() => this.#counts())
  /** The chosen seats by what they are. */
  readonly sold = $derived(this.chosen.filter((seat) => this.isSold(seat)))
  readonly kept = $derived(this.chosen.filter((seat) => this.isKept(seat)))
  readonly free = $derived(this.chosen.filter((seat) => !this.said.has(seat.id)))
  readonly look = $derived.by(() => {
    const [said, wish] = [this.said, this.wish]
    return (seat: Seat): Look => lookOf(said.get(seat.id), wish)
  })

  #asked = 0
  #askedOf: Record<string, number> = {}

  constructor(
    private readonly api: Pick<SeatingApi, 'states' | 'block' | 'unblock' | 'move'>,
    readonly house: House,
  ) {}

  /** Reads who has which seat, of all sections or those of some seats. */
  async load(of?: readonly Seat[]): Promise<void> {
    const ids = of ? sectionsOf(of) : this.house.sections.map(({ id }) => id)
    const asked = ++this.#asked
    const states = await this.api.states(ids)
    // What was asked for later, and was there first, says more of a section.
    const fresh = states.filter(({ id }) => asked > (this.#askedOf[id] ?? 0))
    for (const { id } of fresh) this.#askedOf[id] = asked
    this.said = saidAfter(this.said, fresh)
  }

  isSold(seat: Seat): boolean {
    return this.said.get(seat.id)?.ticket !== undefined
  }

  isKept(seat: Seat): boolean {
    return this.said.get(seat.id)?.channel !== undefined
  }

  toggle(seat: Seat): void {
    this.chosen = this.chosen.includes(seat)
      ? this.chosen.filter((one) => one !== seat)
      : [...this.chosen, seat]
  }

  /** Chooses all of these, or lets them go if they are all chosen. */
  toggleAll(seats: readonly Seat[]): void {
    const fresh = without(seats, this.chosen)
    this.chosen = fresh.length ? [...this.chosen, ...fresh] : without(this.chosen, seats)
  }

  clear(): void {
    this.chosen = []
  }

  /** Keeps the free ones of the chosen seats for a channel; answers which could not be. */
  async keep(channel: string, note: string): Promise<Blocked> {
    return this.#change(this.free, (seats) => this.api.block({ ...seats, channel, ...(note && { note }) }))
  }

  /** Frees the kept ones of the chosen seats. */
  async unkeep(): Promise<Blocked> {
    return this.#change(this.kept, (seats) => this.api.unblock(seats))
  }

  /** What moving the chosen seats would do: a ticket goes to another seat, or two are exchanged. */
  get moves(): { ticket_id: string; seat: string }[] {
    const [first, second, ...more] = this.chosen
    if (!first || !second || more.length) return []
    return [
      [first, second],
      [second, first],
    ].flatMap(([from, to]) => {
      const ticket_id = from && this.said.get(from.id)?.ticket
      return ticket_id && to ? [{ ticket_id, seat: to.id }] : []
    })
  }

  async move(anyTier: boolean): Promise<void> {
    const seats = this.chosen
    await this.api.move(this.moves, anyTier)
    await this.#settled(seats)
  }

  /** Takes their seats from the chosen tickets. */
  async unseat(): Promise<void> {
    const seats = this.sold
    const moves = seats.flatMap(({ id }) => {
      const ticket_id = this.said.get(id)?.ticket
      return ticket_id ? [{ ticket_id, seat: null }] : []
    })
    await this.api.move(moves, false)
    await this.#settled(seats)
  }

  async #change(seats: readonly Seat[], act: (seats: SeatsRequest) => Promise<Blocked>): Promise<Blocked> {
    const blocked = await act(named(seats))
    await this.load(seats)
    this.chosen = without(this.chosen, seats)
    return blocked
  }

  async #settled(seats: readonly Seat[]): Promise<void> {
    await this.load(seats)
    this.clear()
  }

  #counts(): Record<Wish, number> {
    let [sold, kept] = [0, 0]
    for (const { ticket } of this.said.values()) {
      if (ticket === undefined) kept += 1
      else sold += 1
    }
    const all = this.house.seats.length
    return { all, free: all - sold - kept, sold, kept }
  }
}
