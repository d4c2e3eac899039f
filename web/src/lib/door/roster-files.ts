/** Brings the roster's files to the device: the whole once, then what has changed. */
import { Problem } from '$lib/api/problem'
import type { DoorApi } from './api'
import { hex, sha256 } from './bytes'
import type { DoorClock } from './clock'
import { RosterIndex } from './roster'
import { keepClock, keptHeader, STRICT, type DoorStore, type KeptFile } from './store'
import type { RosterDelta, RosterFile, RosterHeader } from './types'

/** `changed` tells whether other files are there than before; the header is always the newest. */
export type Refreshed =
  | { state: 'ready'; changed: boolean; header: RosterHeader }
  | { state: 'building'; changed: false; retry_after: number }

/**
 * Fetches what is missing and takes it over all at once: a device that dies on the way has the roster of before, and
 * goes on with it. Throws a Problem.
 */
export async function refreshRoster(store: DoorStore, api: DoorApi, clock: DoorClock): Promise<Refreshed> {
  const before = await keptHeader(store)
  const from = clock.device()
  const header = await api.roster(before?.cursor)
  if (header.state === 'building') {
    return { state: 'building', changed: false, retry_after: header.retry_after }
  }
  await keepClock(store, clock.measure(header.server_time, from, clock.device()))
  const [generation, n] = read(header.cursor)
  const all = await store.getAll('files')
  const kept = all.filter((file) => file.generation === generation)
  const reached = Math.max(0, ...kept.map((file) => file.to))
  const names = new Set(kept.map((file) => file.name))
  const fetched: KeptFile[] = []
  for (const chunk of header.chunks) {
    if (!names.has(chunk.name)) fetched.push(await fetchFile(api, chunk, generation, 0, 0))
  }
  for (const delta of header.deltas) {
    if (delta.to > reached && !names.has(delta.name)) {
      fetched.push(await fetchFile(api, delta, generation, delta.after, delta.to))
    }
  }
  const deltas = header.deltas.filter((delta) => delta.to > reached)
  if (!reaches(deltas, kept.length > 0 ? reached : 0, n)) {
    throw new Problem(502, 'roster_gap', 'A part of the list of tickets is missing; it is fetched again.')
  }
  await takeOver(store, header, generation, fetched)
  return { state: 'ready', changed: fetched.length > 0 || kept.length < all.length, header }
}

/** Says whether deltas lead from one number to another without a gap. */
function reaches(deltas: readonly RosterDelta[], from: number, to: number): boolean {
  let reached = from
  for (const delta of [...deltas].sort((one, other) => one.to - other.to)) {
    if (delta.after <= reached) reached = Math.max(reached, delta.to)
  }
  return reached >= to
}

async function takeOver(
  store: DoorStore,
  header: RosterHeader,
  generation: string,
  fetched: readonly KeptFile[],
): Promise<void> {
  const writing = store.transaction(['files', 'facts'], 'readwrite', STRICT)
  const files = writing.objectStore('files')
  for await (const cursor of files) {
    const old = cursor.value
    const covered = fetched.some((file) => old.to > 0 && file.after <= old.after && old.to <= file.to)
    if (old.generation !== generation || covered) await cursor.delete()
  }
  for (const file of fetched) await files.put(file)
  await writing.objectStore('facts').put(header, 'header')
  await writing.done
}

async function fetchFile(
  api: DoorApi,
  file: RosterFile,
  generation: string,
  after: number,
  to: number,
): Promise<KeptFile> {
  const bytes = await api.file(file.url)
  if (bytes.length !== file.size || hex(await sha256(bytes)) !== file.sha256) {
    throw new Problem(502, 'roster_damaged', 'The list of tickets arrived damaged; it is fetched again.')
  }
  // A file that is none is refused here, before it takes the place of a good one.
  new RosterIndex([bytes])
  return { name: file.name, generation, after, to, bytes }
}

function read(cursor: string): [generation: string, n: number] {
  const at = cursor.lastIndexOf('.')
  return [cursor.slice(0, at), Number(cursor.slice(at + 1))]
}
