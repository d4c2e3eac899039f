import { asProblem, type Problem } from '$lib/api/problem'
import type { OrderRow, OrdersApi } from './api'
import { fits, type Wanted } from './wanted'

const PAGE = 50
const MOST = 100
/** A page of several filters may be empty with more behind it; so often it is asked for the next at once. */
const MOST_EMPTY = 5

/** The rows of the orders that are wanted, page by page; an answer to an earlier question is let go. */
export class OrderList {
  /** Nothing before the first answer. */
  rows = $state.raw<readonly OrderRow[]>()
  problem = $state.raw<Problem>()
  busy = $state(false)
  #cursor = $state.raw<string | null>(null)
  #wanted: Wanted = {}
  #turn = 0
  #last: () => Promise<void> = () => Promise.resolve()

  constructor(private readonly api: Pick<OrdersApi, 'list'>) {}

  get hasMore(): boolean {
    return this.#cursor !== null
  }

  /** Lists other orders, or the same anew. What is shown stays until the answer is there. */
  show(wanted: Wanted): Promise<void> {
    this.#wanted = wanted
    this.#cursor = null
    return this.#read([], null)
  }

  /** Asks once more for what did not come. */
  retry(): Promise<void> {
    return this.#last()
  }

  /** Reads as much anew as there was. */
  reload(): Promise<void> {
    return this.#read([], null, this.rows?.length)
  }

  async more(): Promise<void> {
    if (!this.busy && this.hasMore) await this.#read(this.rows ?? [], this.#cursor)
  }

  /** Takes a row as it is now: in its place, or off when it is not wanted any more. */
  put(row: OrderRow): void {
    this.rows = this.rows?.flatMap((one) => {
      if (one.id !== row.id) return [one]
      return fits(row, this.#wanted) ? [row] : []
    })
  }

  /** The rows of all that is wanted, as far as `most`. */
  async all(most: number): Promise<OrderRow[]> {
    const wanted = this.#wanted
    const found: OrderRow[] = []
    let cursor: string | null = null
    do {
      const page = await this.api.list(wanted, cursor ?? undefined, MOST)
      found.push(...page.items)
      cursor = page.cursor
    } while (cursor !== null && found.length < most)
    return found.slice(0, most)
  }

  async #read(known: readonly OrderRow[], cursor: string | null, least = 0): Promise<void> {
    const turn = ++this.#turn
    this.#last = () => this.#read(known, cursor, least)
    this.busy = true
    this.problem = undefined
    try {
      const fresh: OrderRow[] = []
      let next = cursor
      let empty = 0
      do {
        const page = await this.api.list(this.#wanted, next ?? undefined, least > PAGE ? MOST : PAGE)
        if (turn !== this.#turn) return
        fresh.push(...page.items)
        next = page.cursor
        empty = page.items.length ? 0 : empty + 1
      } while (next !== null && fresh.length < Math.max(1, least) && empty < MOST_EMPTY)
      const ids = known.map(({ id }) => id)
      this.rows = [...known, ...fresh.filter(({ id }) => !ids.includes(id))]
      this.#cursor = next
    } catch (error) {
      if (turn === this.#turn) this.problem = asProblem(error)
    } finally {
      if (turn === this.#turn) this.busy = false
    }
  }
}
