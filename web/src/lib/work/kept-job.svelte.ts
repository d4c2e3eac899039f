import { asProblem } from '$lib/api/problem'
import { readOwn, writeOwn } from '$lib/session/own'

interface Begun {
  id: string
}

interface Told {
  /** Whether its end was told. */
  over?: boolean
}

/**
 * Long work of one kind that was begun in this tab. Who closes its window, or leaves the page, finds it again there,
 * until another one is begun or he puts it away. Nothing of what it is about is kept.
 */
export class KeptJob<Kept extends Begun = Begun> {
  now = $state.raw<Kept & Told>()
  #name: string

  /** `name`: its kind, and the event, account or company that it belongs to. */
  constructor(name: string) {
    this.#name = name
    this.now = readOwn<Kept & Told>(name)
  }

  begin(job: Kept & Told): void {
    this.now = job
    writeOwn(this.#name, job)
  }

  /** Notes that it is over, and answers whether that is news. */
  end(): boolean {
    if (!this.now || this.now.over) return false
    this.begin({ ...this.now, over: true })
    return true
  }

  putAway(): void {
    this.now = undefined
    writeOwn(this.#name, undefined)
  }

  /** What the server tells of it. What it knows no more is put away, and nothing is told. */
  async told<T>(answer: Promise<T>): Promise<T | undefined> {
    const id = this.now?.id
    try {
      return await answer
    } catch (error) {
      if (asProblem(error).status !== 404) throw error
      if (this.now?.id === id) this.putAway()
      return undefined
    }
  }
}
