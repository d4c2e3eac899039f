import { asProblem, type Problem } from '$lib/api/problem'
import { MOST_MOVED, NOBODY, type CartGuest, type CartView, type Portal } from './api'
import { ownerOf } from './states'

export type CartApi = Pick<Portal, 'cart' | 'allocate' | 'bringGuest' | 'sendGuestOff'>

/** Why a change of a cart was not made, and what it was about. */
export interface Trouble {
  problem: Problem
  /** The line that it was about, and who has changed it if somebody has. */
  contactId: string
  changedBy?: string
  /** The tickets for which it was refused, each with what is said of it. */
  atFault: { id: string; why: string }[]
  /** Those that could go without them. */
  others: string[]
}

interface Named {
  id: string
}

/** A line by its contact, and tickets that stand in it. */
type Placed = [string, string[]]

/** A request for a line that was refused, with what was asked for. */
class Refused {
  constructor(
    readonly problem: Problem,
    readonly contactId: string,
    readonly add: readonly string[],
    readonly remove: readonly string[],
  ) {}

  get atFault(): Trouble['atFault'] {
    return this.problem.faults.flatMap(({ field, message }) => {
      const [, name, at] = /^(add|remove)\[(\d+)\]$/.exec(field) ?? []
      const id = (name === 'add' ? this.add : this.remove)[Number(at)]
      return name && id ? [{ id, why: message }] : []
    })
  }
}

/** A cart that a relay works in: his own, or that of a colleague. What stands in it is the server's; it is read again after each change. */
export class Cart {
  view = $state.raw<CartView>()
  /** What kept the cart from coming. */
  failure = $state.raw<Problem>()
  /** What kept the last change from being made. */
  trouble = $state.raw<Trouble>()
  busy = $state(false)

  constructor(
    private readonly portal: CartApi,
    readonly relay?: string,
  ) {}

  /** Whose cart it is, by address; nothing before it is there. */
  get owner(): string | undefined {
    return this.view && ownerOf(this.view)
  }

  guest(contactId: string): CartGuest | undefined {
    return this.view?.guests.find(({ contact_id }) => contact_id === contactId)
  }

  async load(): Promise<void> {
    try {
      this.view = await this.portal.cart(this.relay)
      this.failure = undefined
    } catch (error) {
      this.failure = asProblem(error)
    }
  }

  /** Means tickets for a guest, wherever in this cart they stand. Answers whether that was done. */
  give(to: string, tickets: readonly Named[]): Promise<boolean> {
    return this.#act(to, async () => {
      const ids = tickets.map(({ id }) => id).filter((id) => !this.#has(to, id))
      const left: Placed[] = []
      try {
        for (const [line, some] of this.#byLine(ids.filter((id) => !this.#has(NOBODY, id)))) {
          await this.#change(line, [], some)
          left.push([line, some])
        }
        await this.#change(to, ids, [])
      } catch (error) {
        await this.#putBack(left, to)
        throw error
      }
    })
  }

  /** Takes tickets out of the cart: they are meant for nobody and free again. */
  takeOut(tickets: readonly Named[]): Promise<boolean> {
    const ids = tickets.map(({ id }) => id)
    return this.#act(NOBODY, async () => {
      for (const [line, some] of this.#byLine(ids)) await this.#change(line, [], some)
    })
  }

  bring(contactId: string): Promise<boolean> {
    return this.#act(contactId, () => this.portal.bringGuest(contactId, this.relay))
  }

  sendOff(contactId: string): Promise<boolean> {
    return this.#act(contactId, () => this.portal.sendGuestOff(contactId, this.relay))
  }

  async #act(contactId: string, action: () => Promise<unknown>): Promise<boolean> {
    if (this.busy) return false
    this.busy = true
    this.trouble = undefined
    try {
      await action()
      await this.#refresh()
      return true
    } catch (error) {
      const refused = error instanceof Refused ? error : new Refused(asProblem(error), contactId, [], [])
      if (refused.problem.status !== 0) await this.#refresh()
      this.trouble = this.#told(refused)
      return false
    } finally {
      this.busy = false
    }
  }

  /** What was changed is changed, whether or not it can be read again. */
  async #refresh(): Promise<void> {
    this.view = await this.portal.cart(this.relay).catch(() => this.view)
  }

  #told(refused: Refused): Trouble {
    const { problem, contactId, atFault } = refused
    const faulty = atFault.map(({ id }) => id)
    const changed = problem.code === 'changed_meanwhile'
    return {
      problem,
      contactId,
      ...(changed && { changedBy: this.guest(contactId)?.changed_by }),
      atFault,
      others: atFault.length > 0 ? refused.add.filter((id) => !faulty.includes(id)) : [],
    }
  }

  /** Changes a line with as many requests as it takes, over the version that is looked at. */
  async #change(contactId: string, add: readonly string[], remove: readonly string[]): Promise<void> {
    for (let at = 0; at < Math.max(add.length, remove.length); at += MOST_MOVED) {
      const [coming, going] = [add, remove].map((ids) => ids.slice(at, at + MOST_MOVED)) as [
        string[],
        string[],
      ]
      const body = { add: coming, remove: going, version: this.#versionOf(contactId) }
      try {
        this.#take(await this.portal.allocate(contactId, body, this.relay), coming)
      } catch (error) {
        throw new Refused(asProblem(error), contactId, coming, going)
      }
    }
  }

  /** Tickets that left their lines on the way to another go back there, as far as they may. */
  async #putBack(left: readonly Placed[], to: string): Promise<void> {
    for (const [line, ids] of left) {
      const waiting = ids.filter((id) => !this.#has(to, id))
      await this.#change(line, waiting, []).catch(() => undefined)
    }
  }

  /** Shows a line as it was answered; what has come there has left the line of nobody. */
  #take(line: CartGuest, added: readonly string[]): void {
    if (!this.view) return
    const { guests, unassigned } = this.view
    if (line.contact_id === NOBODY) {
      this.view = { ...this.view, unassigned: { version: line.version, tickets: line.tickets } }
      return
    }
    const there = guests.some(({ contact_id }) => contact_id === line.contact_id)
    const rest = unassigned.tickets.filter(({ id }) => !added.includes(id))
    const fewer = rest.length < unassigned.tickets.length
    this.view = {
      ...this.view,
      guests: there
        ? guests.map((guest) => (guest.contact_id === line.contact_id ? line : guest))
        : [...guests, line],
      unassigned: { version: unassigned.version + (fewer ? 1 : 0), tickets: rest },
    }
  }

  /** Nothing before the cart is there: then any version will do. */
  #versionOf(contactId: string): number | undefined {
    if (!this.view) return undefined
    if (contactId === NOBODY) return this.view.unassigned.version
    return this.guest(contactId)?.version ?? 0
  }

  #has(contactId: string, id: string): boolean {
    const line = contactId === NOBODY ? this.view?.unassigned : this.guest(contactId)
    return line?.tickets.some((ticket) => ticket.id === id) ?? false
  }

  /** The tickets of this cart among some, by the line in which they stand. */
  #byLine(ids: readonly string[]): Placed[] {
    const lines = [
      ...(this.view?.guests ?? []).map(({ contact_id, tickets }) => ({ contact_id, tickets })),
      { contact_id: NOBODY, tickets: this.view?.unassigned.tickets ?? [] },
    ]
    return lines
      .map(({ contact_id, tickets }): Placed => {
        return [contact_id, tickets.map(({ id }) => id).filter((id) => ids.includes(id))]
      })
      .filter(([, some]) => some.length > 0)
  }
}
