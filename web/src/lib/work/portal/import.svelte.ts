import { asProblem, Problem } from '$lib/api/problem'
import { t } from '$lib/i18n/index.svelte'
import { poll, type Poll } from '$lib/order/poll'
import { newKey } from '$lib/work/api'
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

/** A file that is tried first and applied then, each as a job whose end is waited for. */
export class Import {
  job = $state.raw<JobWithRows>()
  problem = $state.raw<Problem>()
  working = $state(false)
  /** The name of the file that was chosen last. */
  name = $state('')

  #csv = ''
  /** Of the request that is not answered yet. */
  #key: string | undefined
  #poll: Poll | undefined

  constructor(private readonly api: ImportApi) {}

  /** Finds out what a file would do. */
  async tryOut(csv: string, name = ''): Promise<void> {
    if (this.working) return
    this.#csv = csv
    this.#key = undefined
    this.name = name
    this.job = undefined
    await this.#run(true)
  }

  /** Does what was tried out last. */
  apply(): Promise<void> {
    return this.#run(false)
  }

  stop(): void {
    this.#poll?.stop()
  }

  async #run(dryRun: boolean): Promise<void> {
    if (this.working) return
    this.working = true
    this.problem = undefined
    try {
      if (new TextEncoder().encode(JSON.stringify(this.#csv)).length > MOST_BYTES) {
        throw new Problem(0, 'too_large', t('portal.fileTooLarge'))
      }
      this.#key ??= newKey()
      const { id } = await this.api.send(this.#key, this.#csv, dryRun)
      this.#key = undefined
      await this.#follow(id)
    } catch (error) {
      this.problem = asProblem(error)
    } finally {
      this.working = false
    }
  }

  async #follow(id: string): Promise<void> {
    await new Promise<void>((done) => {
      this.#poll = poll(async () => {
        this.job = await this.api.look(id)
        return this.job.status === 'done' || this.job.status === 'failed'
      }, done)
    })
    while (this.job?.cursor && faultsOf(this.job).length < this.job.failed) {
      const next = await this.api.look(id, this.job.cursor)
      this.job = { ...next, rows: [...this.job.rows, ...next.rows] }
    }
  }
}
