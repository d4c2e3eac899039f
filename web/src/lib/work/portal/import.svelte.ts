import { asProblem, Problem } from '$lib/api/problem'
import { t } from '$lib/i18n/index.svelte'
import { poll, type Poll } from '$lib/order/poll'
import { newKey } from '$lib/work/api'
import type { KeptJob } from '$lib/work/kept-job.svelte'
import type { JobWithRows } from './api'

/** What a request may be, with room for how the text is written in it. */
const MOST_BYTES = 200_000

export interface ImportApi {
  send: (key: string, csv: string, dryRun: boolean) => Promise<{ id: string }>
  look: (jobId: string, cursor?: string) => Promise<JobWithRows>
}

type Row = JobWithRows['rows'][number]

/** The rows that were kept out, each with what is wrong. */
export function faultsOf({ rows }: JobWithRows): Row[] {
  return rows.filter(({ result }) => result === 'failed')
}

/** The rows that have changed something, or would do so. */
export function changesOf({ rows }: JobWithRows): Row[] {
  return rows.filter(({ result }) => ['created', 'changed', 'would_create', 'would_change'].includes(result))
}

const isOver = (job?: JobWithRows): job is JobWithRows => job?.status === 'done' || job?.status === 'failed'

/** A file that is tried first and applied then, each as a job whose end is waited for. */
export class Import {
  job = $state.raw<JobWithRows>()
  problem = $state.raw<Problem>()
  working = $state(false)
  /** Until the server has the file; from then on it is found again. */
  sending = $state(false)
  /** The name of the file that was chosen last. */
  name = $state('')

  #csv = $state('')
  /** Of the request that is not answered yet. */
  #key: string | undefined
  #poll: Poll | undefined

  constructor(
    private readonly api: ImportApi,
    private readonly kept: KeptJob<{ id: string; name: string }>,
  ) {
    this.name = kept.now?.name ?? ''
  }

  /** Whether there is a job, running or over. */
  get begun(): boolean {
    return this.kept.now !== undefined
  }

  /** Whether there is a file to apply: of a job that was found again only the result is there. */
  get hasFile(): boolean {
    return this.#csv !== ''
  }

  /** Finds out what a file would do. */
  async tryOut(csv: string, name = ''): Promise<void> {
    if (this.working) return
    this.#csv = csv
    this.#key = undefined
    this.putAway()
    this.name = name
    await this.#run(true)
  }

  /** Does what was tried out last. Answers whether that is over, and has not been told before. */
  async apply(): Promise<boolean> {
    await this.#run(false)
    return this.#applied()
  }

  /** Goes on with what was begun before; answers as `apply` does. */
  async resume(): Promise<boolean> {
    const { now } = this.kept
    if (now) await this.#work(() => this.#follow(now.id))
    return this.#applied()
  }

  /** Shows the last one no more, and forgets it. */
  putAway(): void {
    this.stop()
    this.kept.putAway()
    this.job = undefined
    this.name = ''
  }

  stop(): void {
    this.#poll?.stop()
  }

  #run(dryRun: boolean): Promise<void> {
    return this.#work(async () => {
      if (new TextEncoder().encode(JSON.stringify(this.#csv)).length > MOST_BYTES) {
        throw new Problem(0, 'too_large', t('portal.fileTooLarge'))
      }
      this.#key ??= newKey()
      this.sending = true
      const { id } = await this.api.send(this.#key, this.#csv, dryRun).finally(() => (this.sending = false))
      this.#key = undefined
      this.kept.begin({ id, name: this.name })
      await this.#follow(id)
    })
  }

  async #work(work: () => Promise<void>): Promise<void> {
    if (this.working) return
    this.working = true
    this.problem = undefined
    try {
      await work()
    } catch (error) {
      this.problem = asProblem(error)
    } finally {
      this.working = false
    }
  }

  async #follow(id: string): Promise<void> {
    await new Promise<void>((done) => {
      this.#poll = poll(async () => {
        const seen = await this.kept.told(this.api.look(id))
        // It may have been put away meanwhile.
        if (this.kept.now?.id === id) this.job = seen
        return !seen || isOver(seen)
      }, done)
    })
    if (!this.begun) this.putAway()
    for (let job = this.job; job?.cursor && faultsOf(job).length < job.failed; job = this.job) {
      const next = await this.api.look(id, job.cursor)
      if (this.job !== job) return
      this.job = { ...next, rows: [...job.rows, ...next.rows] }
    }
  }

  #applied(): boolean {
    return isOver(this.job) && this.kept.end() && !this.job.dry_run
  }
}
