import { asProblem, type Problem } from '$lib/api/problem'

/** What was asked last, or what kept it from being answered. Answers to what was asked before come to nothing. */
export class Reading<T> {
  found = $state.raw<T>()
  problem = $state.raw<Problem>()
  busy = $state(false)
  #asked = 0

  async read(ask: () => Promise<T>): Promise<void> {
    const asked = ++this.#asked
    const late = () => asked !== this.#asked
    this.busy = true
    try {
      const found = await ask()
      if (late()) return
      this.found = found
      this.problem = undefined
    } catch (error) {
      if (late()) return
      this.found = undefined
      this.problem = asProblem(error)
    }
    this.busy = false
  }
}
