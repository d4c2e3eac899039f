import { asProblem, type Problem } from '$lib/api/problem'
import {
  PAGE,
  type EventDashboard,
  type Portal,
  type PortalTicket,
  type SeatOverlay,
  type Wanted,
} from './api'
import { choosable } from './states'

type Api = Pick<Portal, 'tickets' | 'dashboard' | 'overlay'>

/** Counts follow a change by the stream: they are read again after so long. */
const CAUGHT_UP_MS = [0, 1_500, 5_000, 15_000]
/** Pages without a ticket that fits are passed over, so many at once. */
const MOST_EMPTY = 10

/** The tickets of a company as far as they were read, and how many there are of which. */
export class Tickets {
  items = $state.raw<readonly PortalTicket[]>()
  problem = $state.raw<Problem>()
  busy = $state(false)
  counts = $state.raw<readonly EventDashboard[]>()
  countsProblem = $state.raw<Problem>()
  overlay = $state.raw<SeatOverlay>()
  overlayProblem = $state.raw<Problem>()

  #wanted: Wanted = {}
  #cursor = $state.raw<string | null>(null)
  #turn = 0
  #timers: ReturnType<typeof setTimeout>[] = []

  constructor(private readonly portal: Api) {}

  get hasMore(): boolean {
    return this.#cursor !== null
  }

  /** Reads the tickets that are wanted from the first one on. */
  async open(wanted: Wanted): Promise<void> {
    this.#wanted = wanted
    this.items = undefined
    await this.#fill([], null, 1)
  }

  async more(): Promise<void> {
    if (!this.busy) await this.#fill(this.items ?? [], this.#cursor, 1)
  }

  /** Reads on to the end; tells how many there are. */
  async rest(): Promise<void> {
    while (this.hasMore && !this.problem) await this.more()
  }

  /** Reads anew as much as there was, and the counts as they catch up. */
  async again(): Promise<void> {
    this.follow()
    await this.#fill([], null, this.items?.length ?? 1)
    if (this.overlay) await this.openSeats(this.overlay.event_id)
  }

  /** Reads the first so many tickets that nobody has and nobody is meant to have. */
  async free(count: number, wanted: Wanted): Promise<PortalTicket[]> {
    let found: PortalTicket[] = []
    let cursor: string | undefined
    do {
      const asked = { event: wanted.event, tier: wanted.tier, state: 'not_distributed' as const }
      const page = await this.portal.tickets(asked, cursor, Math.min(PAGE, count - found.length))
      found = [...found, ...page.items.filter(choosable)]
      cursor = page.cursor ?? undefined
    } while (cursor && found.length < count)
    return found.slice(0, count)
  }

  async count(): Promise<void> {
    try {
      this.counts = (await this.portal.dashboard()).items
      this.countsProblem = undefined
    } catch (error) {
      this.countsProblem = asProblem(error)
    }
  }

  /** Reads the counts now and again, until the stream has told of what was just done. */
  follow(): void {
    this.stop()
    this.#timers = CAUGHT_UP_MS.map((wait) => setTimeout(() => void this.count(), wait))
  }

  async openSeats(eventId: string): Promise<void> {
    try {
      const overlay = await this.portal.overlay(eventId)
      this.overlay = overlay
      this.overlayProblem = undefined
    } catch (error) {
      this.overlayProblem = asProblem(error)
    }
  }

  stop(): void {
    this.#timers.forEach(clearTimeout)
  }

  /** Shows what was read once there are so many, or no more. */
  async #fill(known: readonly PortalTicket[], cursor: string | null, least: number): Promise<void> {
    const turn = ++this.#turn
    const wanted = this.#wanted
    this.busy = true
    this.problem = undefined
    try {
      let items = known
      let empty = 0
      do {
        const page = await this.portal.tickets(wanted, cursor ?? undefined)
        if (turn !== this.#turn) return
        items = [...items, ...page.items]
        cursor = page.cursor
        empty = page.items.length > 0 ? 0 : empty + 1
      } while (cursor !== null && items.length < known.length + least && empty < MOST_EMPTY)
      this.items = items
      this.#cursor = cursor
    } catch (error) {
      if (turn === this.#turn) this.problem = asProblem(error)
    } finally {
      if (turn === this.#turn) this.busy = false
    }
  }
}
