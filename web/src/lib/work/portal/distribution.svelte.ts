import { SvelteMap } from 'svelte/reactivity'
import { asProblem, Problem } from '$lib/api/problem'
import { poll, type Poll } from '$lib/order/poll'
import { newKey } from '$lib/work/api'
import type { GuestResult, JobWithRows, Portal } from './api'
import { resultsOf } from './guests'

type Api = Pick<Portal, 'distribute' | 'job'>

/** One distribution after another, and what became of each guest. */
export class Distribution {
  busy = $state(false)
  problem = $state.raw<Problem>()
  job = $state.raw<JobWithRows>()
  /** The last result of each guest who was asked for. */
  readonly results = new SvelteMap<string, GuestResult>()

  readonly served = $derived(this.#with('distributed'))
  readonly refused = $derived(this.#with('refused'))
  readonly gone = $derived(this.#with('not_in_cart'))

  /** What was asked for and not answered yet: asked for again, nobody is served twice. */
  #attempt: { wish: string; key: string } | undefined
  #poll: Poll | undefined

  constructor(
    private readonly portal: Api,
    private readonly relay?: string,
  ) {}

  async run(guests: readonly string[]): Promise<void> {
    if (this.busy || guests.length === 0) return
    this.busy = true
    this.problem = undefined
    this.job = undefined
    const wish = guests.join()
    if (this.#attempt?.wish !== wish) this.#attempt = { wish, key: newKey() }
    try {
      const { results, job } = await this.portal.distribute(this.#attempt.key, [...guests], this.relay)
      this.#tell(job ? await this.#follow(job.id) : results)
      this.#attempt = undefined
    } catch (error) {
      this.problem = asProblem(error)
    } finally {
      this.busy = false
    }
  }

  stop(): void {
    this.#poll?.stop()
  }

  #tell(results: readonly GuestResult[]): void {
    for (const one of results) this.results.set(one.contact_id, one)
  }

  async #follow(id: string): Promise<GuestResult[]> {
    await new Promise<void>((done) => {
      this.#poll = poll(async () => {
        this.job = await this.portal.job(id)
        return this.job.status === 'done' || this.job.status === 'failed'
      }, done)
    })
    while (this.job?.cursor) {
      const next: JobWithRows = await this.portal.job(id, this.job.cursor)
      this.job = { ...next, rows: [...this.job.rows, ...next.rows] }
    }
    if (this.job?.error) throw new Problem(409, 'conflict', this.job.error)
    return this.job ? resultsOf(this.job) : []
  }

  #with(result: GuestResult['result']): GuestResult[] {
    return [...this.results.values()].filter((one) => one.result === result)
  }
}
