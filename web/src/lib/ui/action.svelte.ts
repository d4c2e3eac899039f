import { asProblem, type Problem } from '$lib/api/problem'

/** Something that the reader has done: one at a time, with the problem that the last one met. */
export class Action {
  busy = $state(false)
  problem = $state.raw<Problem>()

  async run(action: () => Promise<unknown>): Promise<void> {
    if (this.busy) return
    this.busy = true
    this.problem = undefined
    try {
      await action()
    } catch (error) {
      this.problem = asProblem(error)
    } finally {
      this.busy = false
    }
  }
}
