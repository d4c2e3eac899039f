import { asProblem, type Problem } from '$lib/api/problem'

interface Page<T> {
  items: T[]
  cursor: string | null
}

/** A list that comes page by page; an answer to an earlier question is let go. */
export class Listing<T> {
  /** What was read so far; nothing before the first answer. */
  items = $state.raw<readonly T[]>()
  problem = $state.raw<Problem>()
  busy = $state(false)
  #cursor = $state.raw<string | null>(null)
  #read: (cursor?: string) => Promise<Page<T>>
  #turn = 0

  constructor(read: (cursor?: string) => Promise<Page<T>>) {
    this.#read = read
  }

  get hasMore(): boolean {
    return this.#cursor !== null
  }

  /** Reads anew as much as there was, or the first page. */
  load(): Promise<void> {
    return this.#fill([], this.items?.length ?? 0)
  }

  /** Puts what was made just now first: a list that is read at this moment may not know it yet. */
  add(made: T): void {
    if (!this.items) return void this.load()
    this.#turn++
    this.busy = false
    this.items = [made, ...this.items]
  }

  more(): Promise<void> {
    return this.#fill(this.items ?? [], 0, this.#cursor)
  }

  async #fill(known: readonly T[], least: number, cursor: string | null = null): Promise<void> {
    const turn = ++this.#turn
    this.busy = true
    this.problem = undefined
    try {
      let items = known
      do {
        const page = await this.#read(cursor ?? undefined)
        if (turn !== this.#turn) return
        items = [...items, ...page.items]
        cursor = page.cursor
      } while (cursor !== null && items.length < least)
      this.items = items
      this.#cursor = cursor
    } catch (error) {
      if (turn === this.#turn) this.problem = asProblem(error)
    } finally {
      if (turn === this.#turn) this.busy = false
    }
  }
}
