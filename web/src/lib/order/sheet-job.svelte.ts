import type { Api } from '$lib/api/client'
import { asProblem, Problem } from '$lib/api/problem'
import type { JobWithRows } from '$lib/api/types'
import { t } from '$lib/i18n/index.svelte'
import { poll, type Poll } from './poll'

/** What a request may be, with room for how the text is written in it. */
const MOST_BYTES = 200_000

/** The rows of a job that were kept out, each with what is wrong. */
export function faults(job: JobWithRows): JobWithRows['rows'] {
  return job.rows.filter((row) => row.result === 'failed')
}

/** The rows of a job that changed a ticket, or would do so, as far as they were read. */
export function changes(job: JobWithRows): JobWithRows['rows'] {
  return job.rows.filter((row) => row.result === 'changed' || row.result === 'would_change')
}

/** A sheet that assigns an order's tickets: tried first, then applied, each as a job whose end is waited for. */
export class SheetJob {
  job = $state.raw<JobWithRows>()
  problem = $state.raw<Problem>()
  working = $state(false)

  #csv = ''
  #poll: Poll | undefined

  constructor(
    private readonly api: Pick<Api, 'sheet' | 'assignBySheet' | 'assignments'>,
    private readonly orderId: string,
    private readonly key: string,
  ) {}

  /** Answers the order's tickets as CSV, or nothing if that fails. */
  async download(): Promise<Blob | undefined> {
    let csv: Blob | undefined
    await this.#act(async () => {
      csv = await this.api.sheet(this.orderId, this.key)
    })
    return csv
  }

  /** Finds out what a filled in sheet would do. */
  async tryOut(csv: string): Promise<void> {
    this.#csv = csv
    this.job = undefined
    await this.#act(async () => {
      if (new TextEncoder().encode(JSON.stringify(csv)).length > MOST_BYTES) {
        throw new Problem(0, 'too_large', t('order.sheetTooLarge'))
      }
      await this.#run(true)
    })
  }

  /** Does what was tried out last. */
  async apply(): Promise<void> {
    await this.#act(() => this.#run(false))
  }

  stop(): void {
    this.#poll?.stop()
  }

  async #run(dryRun: boolean): Promise<void> {
    const body = { csv: this.#csv, dry_run: dryRun }
    const { id } = await this.api.assignBySheet(this.orderId, this.key, crypto.randomUUID(), body)
    await new Promise<void>((done) => {
      this.#poll = poll(async () => {
        this.job = await this.api.assignments(this.orderId, this.key, id)
        return this.job.status === 'done' || this.job.status === 'failed'
      }, done)
    })
    await this.#readOn(id)
  }

  /** Reads the results behind the first page while rows at fault are among them. */
  async #readOn(id: string): Promise<void> {
    while (this.job?.cursor && faults(this.job).length < this.job.failed) {
      const next = await this.api.assignments(this.orderId, this.key, id, this.job.cursor)
      this.job = { ...next, rows: [...this.job.rows, ...next.rows] }
    }
  }

  async #act(action: () => Promise<void>): Promise<void> {
    if (this.working) return
    this.working = true
    this.problem = undefined
    try {
      await action()
    } catch (error) {
      this.problem = asProblem(error)
    } finally {
      this.working = false
    }
  }
}
