import { SvelteMap } from 'svelte/reactivity'
import { asProblem, Problem } from '$lib/api/problem'
import { poll, type Poll } from '$lib/order/poll'
import { newKey } from '$lib/work/api'
import type { KeptJob } from '$lib/work/kept-job.svelte'
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
    private readonly kept?: KeptJob,
  ) {}

  run(guests: readonly string[]): Promise<void> {
    if (this.busy || guests.length === 0) return Promise.resolve()
    this.putAway()
    const wish = guests.join()
    if (this.#attempt?.wish !== wish) this.#attempt = { wish, key: newKey() }
    const { key } = this.#attempt
    return this.#work(async () => {
      const { results, job } = await this.portal.distribute(key, [...guests], this.relay)
      if (job) this.kept?.begin({ id: job.id })
      this.#tell(job ? await this.#follow(job.id) : results)
      this.#attempt = undefined
    })
  }

  /** Goes on with the one that was begun before the page was left. */
  async resume(): Promise<void> {
    const { now } = this.kept ?? {}
    if (now) await this.#work(async () => this.#tell(await this.#follow(now.id)))
  }

  /** Forgets the last one; one that runs is found again. */
  putAway(): void {
    if (!this.busy) this.kept?.putAway()
  }

  async #work(work: () => Promise<void>): Promise<void> {
    this.busy = true
    this.problem = undefined
    this.job = undefined
    try {
      await work()
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
        const look = this.portal.job(id)
        this.job = await (this.kept ? this.kept.told(look) : look)
        return !this.job || this.job.status === 'done' || this.job.status === 'failed'
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
