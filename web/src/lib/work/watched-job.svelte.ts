import { asProblem, type Problem } from '$lib/api/problem'
import type { Job, JobWithRows } from '$lib/api/types'

const PAUSE = 1_500

interface Options {
  ondone?: (job: Job | JobWithRows) => void
  /** Called where the server knows it no more. */
  ongone?: () => void
  /** Milliseconds between two looks. */
  pause?: number
}

/** Long work that the server does, looked at again and again until it is over. */
export class WatchedJob {
  /** Nothing before the first look. */
  job = $state.raw<Job | JobWithRows>()
  /** What came of each row, as far as it was read. */
  rows = $state.raw<JobWithRows['rows']>([])
  cursor = $state.raw<string | null>(null)
  problem = $state.raw<Problem>()
  busy = $state(false)
  #read: (cursor?: string) => Promise<Job | JobWithRows>
  #ondone: Options['ondone']
  #ongone: Options['ongone']
  #pause: number
  #left = false

  constructor(
    read: (cursor?: string) => Promise<Job | JobWithRows>,
    { ondone, ongone, pause = PAUSE }: Options = {},
  ) {
    this.#read = read
    this.#ondone = ondone
    this.#ongone = ongone
    this.#pause = pause
  }

  get over(): boolean {
    return this.job?.status === 'done' || this.job?.status === 'failed'
  }

  /** Looks until it is over. Without a network it is looked at again when its reader asks. */
  async watch(): Promise<void> {
    if (this.busy) return
    this.busy = true
    this.problem = undefined
    try {
      do {
        if (this.job) await new Promise((resume) => setTimeout(resume, this.#pause))
        if (this.#left) return
        this.#take(await this.#read(), [])
      } while (!this.#left && !this.over)
      if (!this.#left && this.job) this.#ondone?.(this.job)
    } catch (error) {
      const problem = asProblem(error)
      if (problem.status === 404 && this.#ongone) {
        if (!this.#left) this.#ongone()
      } else this.problem = problem
    } finally {
      this.busy = false
    }
  }

  /** Reads further rows of what is over. */
  async more(): Promise<void> {
    if (this.busy) return
    this.busy = true
    this.problem = undefined
    try {
      this.#take(await this.#read(this.cursor ?? undefined), this.rows)
    } catch (error) {
      this.problem = asProblem(error)
    } finally {
      this.busy = false
    }
  }

  /** Goes on with what did not come. */
  retry(): Promise<void> {
    return this.over ? this.more() : this.watch()
  }

  /** Looks no more: nobody is there to be told. */
  leave(): void {
    this.#left = true
  }

  #take(seen: Job | JobWithRows, before: JobWithRows['rows']): void {
    this.job = seen
    if (!('rows' in seen)) return
    this.rows = [...before, ...seen.rows]
    this.cursor = seen.cursor
  }
}
