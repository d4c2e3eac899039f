/** The scans of a device: those that are still to be sent, in order, and what became of the others. */
import { STRICT, type DoorStore, type KeptScan } from './store'
import type { SyncedScan } from './types'

/** Keeps a scan; it is on the disk when this answers. */
export async function keepScan(store: DoorStore, scan: KeptScan): Promise<void> {
  const writing = store.transaction('scans', 'readwrite', STRICT)
  await Promise.all([writing.store.add(scan), writing.done])
}

/** Answers the scans of a ticket that this device has made. */
export function scansOf(store: DoorStore, ticketId: string): Promise<KeptScan[]> {
  return store.getAllFromIndex('scans', 'ticket_id', ticketId)
}

/** Answers the scans that the server has not answered yet, oldest first. */
export function waitingScans(store: DoorStore, most: number): Promise<KeptScan[]> {
  return store.getAllFromIndex('scans', 'waiting', 1, most)
}

export function countWaiting(store: DoorStore): Promise<number> {
  return store.countFromIndex('scans', 'waiting', 1)
}

/** Answers the scans in conflict that nobody has taken note of, the newest first. */
export async function conflictsIn(store: DoorStore): Promise<KeptScan[]> {
  const kept = await store.getAll('scans')
  return kept.filter(isOpenConflict).sort((one, other) => other.at - one.at)
}

/** Takes down that somebody has taken note of a conflict. */
export async function acknowledge(store: DoorStore, nonce: string): Promise<void> {
  const writing = store.transaction('scans', 'readwrite', STRICT)
  const scan = await writing.store.index('nonce').get(nonce)
  if (scan) await writing.store.put({ ...scan, acknowledged: true })
  await writing.done
}

/** Answers the scans that the server can't take. */
export async function scansSetAside(store: DoorStore): Promise<KeptScan[]> {
  return (await store.getAll('scans')).filter((scan) => scan.set_aside !== undefined)
}

/** Takes down what the server has answered, and when (milliseconds); only those scans wait no more. */
export async function settle(
  store: DoorStore,
  results: readonly SyncedScan[],
  toldAt: number,
): Promise<void> {
  const writing = store.transaction('scans', 'readwrite', STRICT)
  const byNonce = writing.store.index('nonce')
  for (const result of results) {
    const scan = await byNonce.get(result.nonce)
    if (!scan) continue
    delete scan.waiting
    delete scan.unsent
    await writing.store.put({ ...scan, ...outcomeOf(scan, result), told_at: toldAt })
  }
  await writing.done
}

/** Takes down that a scan was taken back. */
export async function takeBack(store: DoorStore, nonce: string): Promise<void> {
  const writing = store.transaction('scans', 'readwrite', STRICT)
  const scan = await writing.store.index('nonce').get(nonce)
  if (scan) await writing.store.put({ ...scan, outcome: 'undone' })
  await writing.done
}

/** Sets a scan aside that the server can't take, so that it holds up no other. */
export async function setAside(store: DoorStore, nonce: string, why: string): Promise<void> {
  const writing = store.transaction('scans', 'readwrite', STRICT)
  const scan = await writing.store.index('nonce').get(nonce)
  if (scan) {
    delete scan.waiting
    await writing.store.put({ ...scan, set_aside: why })
  }
  await writing.done
}

/** Lets those scans wait again that were set aside: the server may have learnt to read them. */
export async function takeUpAgain(store: DoorStore): Promise<void> {
  const writing = store.transaction('scans', 'readwrite', STRICT)
  for await (const cursor of writing.store) {
    const { set_aside, ...scan } = cursor.value
    if (set_aside !== undefined) await cursor.update({ ...scan, waiting: 1 })
  }
  await writing.done
}

/** Forgets answered scans of before a time (milliseconds), which the roster tells by then; not those that people are still to see. */
export async function forgetScans(store: DoorStore, before: number): Promise<void> {
  const writing = store.transaction('scans', 'readwrite')
  for await (const cursor of writing.store) {
    const { unsent, at } = cursor.value
    if (!unsent && at < before && !isOpenConflict(cursor.value)) await cursor.delete()
  }
  await writing.done
}

/** Says what became of a scan by the server: who went through against the rules is in conflict. */
function outcomeOf(scan: KeptScan, result: SyncedScan): Pick<KeptScan, 'outcome' | 'reason' | 'winner'> {
  if (scan.outcome === 'refused') return { outcome: 'refused', reason: scan.reason }
  return result.result === 'admitted'
    ? { outcome: 'admitted', reason: undefined }
    : { outcome: 'conflict', reason: result.reason, winner: result.conflict }
}

function isOpenConflict(scan: KeptScan): boolean {
  return scan.outcome === 'conflict' && !scan.acknowledged
}
