/** Brings to the server what was decided without it. Any cut or repeat is harmless: a nonce counts once. */
import { asProblem, type Problem } from '$lib/api/problem'
import type { DoorApi } from './api'
import type { DoorClock } from './clock'
import { countWaiting, setAside, settle, waitingScans } from './queue'
import { keepClock, type DoorStore, type KeptScan } from './store'
import type { OfflineScan, SyncedScan } from './types'

export const MOST_SCANS = 500

/** A scan that let somebody in who should not have been, by what the server knows. */
export interface Conflict {
  scan: KeptScan
  result: SyncedScan
}

export interface SyncReport {
  sent: number
  conflicts: Conflict[]
  /** How many still wait; they come with the next call. */
  left: number
}

/** Whether the server says that a scan among them is at fault, and not the device, the way there or itself. */
function unreadable(problem: Problem): boolean {
  return problem.status === 422 && (problem.code === 'invalid_input' || problem.code === 'too_large')
}

/**
 * Sends the waiting scans in their order, and takes each off the queue whose nonce was answered. Whatever else the
 * server says, also of the device itself, they stay in the queue. Throws a Problem.
 */
export async function sync(store: DoorStore, api: DoorApi, clock: DoorClock): Promise<SyncReport> {
  const report: SyncReport = { sent: 0, conflicts: [], left: 0 }
  let most = MOST_SCANS
  for (;;) {
    const batch = (await waitingScans(store, most)).filter(
      (scan): scan is KeptScan & { unsent: OfflineScan } => scan.unsent !== undefined,
    )
    if (batch.length === 0) break
    let results
    try {
      results = await sent(batch, store, api, clock)
    } catch (error) {
      const problem = asProblem(error)
      const several = batch.length > 1
      if (!unreadable(problem) && !(several && problem.status === 413)) throw problem
      // One that can't be read is found by halving, so that it holds up no other.
      if (several) most = Math.ceil(batch.length / 2)
      else await Promise.all(batch.map((scan) => setAside(store, scan.nonce, problem.message)))
      continue
    }
    most = Math.min(2 * most, MOST_SCANS)
    const byNonce = new Map(batch.map((scan) => [scan.nonce, scan]))
    const answered = results.filter((result) => byNonce.has(result.nonce))
    if (answered.length === 0) break
    await settle(store, answered, clock.now())
    report.sent += answered.length
    for (const result of answered) {
      const scan = byNonce.get(result.nonce)
      if (scan?.outcome === 'admitted' && result.result === 'refused') report.conflicts.push({ scan, result })
    }
  }
  report.left = await countWaiting(store)
  return report
}

async function sent(
  batch: readonly { unsent: OfflineScan }[],
  store: DoorStore,
  api: DoorApi,
  clock: DoorClock,
): Promise<SyncedScan[]> {
  const from = clock.device()
  const answer = await api.sync(
    batch.map((scan) => scan.unsent),
    new Date(clock.now()).toISOString(),
  )
  await keepClock(store, clock.measure(answer.server_time, from, clock.device()))
  return answer.results
}
