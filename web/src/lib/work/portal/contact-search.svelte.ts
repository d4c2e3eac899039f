import { asProblem, type Problem } from '$lib/api/problem'
import type { Contact, Portal } from './api'

const PAUSE_MS = 250

/** A search of the address book while somebody types: the last question is the one that counts. */
export class ContactSearch {
  text = $state('')
  found = $state.raw<readonly Contact[]>()
  problem = $state.raw<Problem>()
  busy = $state(false)
  #turn = 0
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(
    private readonly portal: Pick<Portal, 'contacts'>,
    private readonly most = 20,
  ) {}

  /** Looks soon, as more may be typed. */
  type(text: string): void {
    this.text = text
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.look(), PAUSE_MS)
  }

  async look(): Promise<void> {
    const turn = ++this.#turn
    this.busy = true
    try {
      const { items } = await this.portal.contacts(this.text.trim(), '', undefined, this.most)
      if (turn !== this.#turn) return
      this.found = items
      this.problem = undefined
    } catch (error) {
      if (turn === this.#turn) this.problem = asProblem(error)
    } finally {
      if (turn === this.#turn) this.busy = false
    }
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#turn++
  }
}
