import { asProblem, type Problem } from '$lib/api/problem'

/** After so long without another change the server is asked. */
const PAUSE_MS = 500

/** What the server makes of something that is edited; it follows what it is asked to show. */
export class Preview<Wanted, Seen> {
  seen = $state.raw<Seen>()
  /** Why there is nothing to be seen of what is wanted now. */
  problem = $state.raw<Problem>()
  /** Whether what is seen was wanted earlier. */
  stale = $state(true)
  #wanted: Wanted | undefined
  #asked = 0
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(private readonly ask: (wanted: Wanted) => Promise<Seen>) {}

  /** Shows this as soon as nothing else is wanted, and the first at once. */
  show(wanted: Wanted): void {
    this.#wanted = wanted
    this.stale = true
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.look(), this.#asked ? PAUSE_MS : 0)
  }

  async look(): Promise<void> {
    clearTimeout(this.#timer)
    if (this.#wanted === undefined) return
    const turn = ++this.#asked
    try {
      const seen = await this.ask(this.#wanted)
      if (turn !== this.#asked) return
      this.seen = seen
      this.problem = undefined
      this.stale = false
    } catch (error) {
      if (turn === this.#asked) this.problem = asProblem(error)
    }
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#asked++
  }
}
