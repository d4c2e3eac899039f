import type { JobWithRows } from '$lib/api/types'
import { readOwn, writeOwn } from '$lib/session/own'
import { every } from '../api'
import { WatchedJob } from '../watched-job.svelte'
import { whyNot } from './act-form.svelte'
import type { ActionName, OrderRow, OrdersApi } from './api'

/** An order as a result is told of it; its buyer is known to the page that has begun, and kept nowhere. */
type BulkOrder = Pick<OrderRow, 'id' | 'code'> & Partial<Pick<OrderRow, 'buyer'>>

interface Begun {
  id: string
  action: ActionName
  /** In the order of the job's rows. */
  orders: readonly BulkOrder[]
}

/** One act on many orders that the server does. */
export interface BulkJob extends Begun {
  watched: WatchedJob
}

/**
 * The acts on many orders of an event that were begun here, until they are put away. They are kept for the tab, so
 * that who leaves the page finds them again.
 */
export class BulkJobs {
  all = $state.raw<readonly BulkJob[]>([])
  #api: Pick<OrdersApi, 'bulkJob'>
  #name: string
  #ondone: (job: BulkJob) => void
  #left = false

  constructor(api: Pick<OrdersApi, 'bulkJob'>, event_id: string, ondone: (job: BulkJob) => void) {
    this.#api = api
    this.#name = `orders.bulk.${event_id}`
    this.#ondone = ondone
    for (const begun of readOwn<Begun[]>(this.#name) ?? []) this.#follow(begun)
  }

  begin(begun: Begun): BulkJob {
    const job = this.#follow(begun)
    this.#keep()
    return job
  }

  /** Shows a job no more, and forgets it. */
  putAway(job: BulkJob): void {
    job.watched.leave()
    this.all = this.all.filter((one) => one !== job)
    this.#keep()
  }

  /** Looks after none of them any more; another page may. */
  leave(): void {
    this.#left = true
    for (const { watched } of this.all) watched.leave()
  }

  #follow(begun: Begun): BulkJob {
    const watched = new WatchedJob(() => results(this.#api, begun), {
      ondone: () => this.#ondone(job),
      ongone: () => this.putAway(job),
    })
    const job = { ...begun, watched }
    this.all = [...this.all, job]
    if (!this.#left) void watched.watch()
    return job
  }

  #keep(): void {
    const kept = this.all.map(({ id, action, orders }) => ({
      id,
      action,
      orders: orders.map(({ id, code }) => ({ id, code })),
    }))
    writeOwn(this.#name, kept.length ? kept : undefined)
  }
}

/** The orders of a job that were refused, or those that were not. */
export function idsOf({ watched, orders }: BulkJob, refused: boolean): string[] {
  return watched.rows
    .filter(({ result }) => (result === 'failed') === refused)
    .flatMap(({ row }) => orders[row - 1]?.id ?? [])
}

/** A job, with all its rows once it is over. A row is told as the order that it is about. */
async function results(api: Pick<OrdersApi, 'bulkJob'>, { id, orders }: Begun): Promise<JobWithRows> {
  const seen = await api.bulkJob(id)
  const over = seen.status === 'done' || seen.status === 'failed'
  const rows = over && seen.cursor ? [...seen.rows, ...(await rest(api, id, seen.cursor))] : seen.rows
  const told = rows.map((row) => {
    const { code, buyer } = orders[row.row - 1] ?? {}
    return {
      ...row,
      reference: [code ?? row.reference, buyer?.name].filter(Boolean).join(' · '),
      errors: row.errors?.map((fault) => ({
        ...fault,
        message: whyNot({ code: row.code ?? '', text: fault.message }),
      })),
    }
  })
  return { ...seen, rows: told, cursor: null }
}

const rest = (api: Pick<OrdersApi, 'bulkJob'>, id: string, from: string) =>
  every(async (cursor = from) => {
    const { rows, cursor: next } = await api.bulkJob(id, cursor)
    return { items: rows, cursor: next }
  })
