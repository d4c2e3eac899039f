import { asProblem, type Problem } from '$lib/api/problem'
import type { Quote, QuoteRequest } from '$lib/api/types'

type Ask = (asking: QuoteRequest, signal: AbortSignal) => Promise<Quote>

/** The server's price for what is chosen now. Asked for after a pause in the choosing; an older answer never wins. */
export class LiveQuote {
  current = $state.raw<Quote>()
  problem = $state.raw<Problem>()
  pending = $state(false)
  /** Whether `current` is the price of what was chosen before. */
  outdated = $state(false)

  #asked = ''
  #flight = new AbortController()
  #answer: Promise<void> = Promise.resolve()

  constructor(
    private readonly ask: Ask,
    private readonly pause = 250,
  ) {}

  /** Asks for these lines, unless that is what was asked last and `again` is not set. */
  request(asking: QuoteRequest, again = false): void {
    const asked = JSON.stringify(asking)
    if (asked === this.#asked && !again) return
    if (asked !== this.#asked) this.outdated = true
    this.#asked = asked
    this.#flight.abort()
    this.#flight = new AbortController()
    if (asking.lines.length === 0) {
      this.current = this.problem = undefined
      this.pending = this.outdated = false
      return
    }
    this.pending = true
    this.#answer = this.#fetch(asking, this.#flight.signal)
  }

  /** Answers the quote of the latest question, once it is there; nothing if it was refused. */
  async settled(): Promise<Quote | undefined> {
    let answer
    do {
      answer = this.#answer
      await answer
    } while (answer !== this.#answer)
    return this.problem ? undefined : this.current
  }

  async #fetch(asking: QuoteRequest, signal: AbortSignal): Promise<void> {
    await new Promise((resume) => setTimeout(resume, this.pause))
    if (signal.aborted) return
    try {
      const quote = await this.ask(asking, signal)
      if (signal.aborted) return
      this.current = quote
      this.problem = undefined
    } catch (error) {
      if (signal.aborted) return
      this.current = undefined
      this.problem = asProblem(error)
    }
    this.pending = this.outdated = false
  }
}
