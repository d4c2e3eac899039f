/** What tests of the door begin with: the vectors that `tests/unit/test_roster_vectors.py` writes, and a door. */
import 'fake-indexeddb/auto'
import { IDBFactory } from 'fake-indexeddb'
import type { DoorApi } from './api'
import { hex, sha256, type Bytes } from './bytes'
import type { Passage } from './passages'
import type { CheckInList, Direction, OfflineScan, Place, Reason, RosterHeader, Scan, Synced } from './types'
import told from './vectors.json'

interface Vectors {
  event: RosterHeader['event']
  tiers: RosterHeader['tiers']
  lists: CheckInList[]
  gates: Place[]
  device: RosterHeader['device']
  advice: Record<Reason, string>
  forceable: Reason[]
  readings: { text: string; ticket_id?: string; revision?: number; key?: string; refused?: string }[]
  file: string
  decisions: {
    credential: string
    own: Passage[]
    list_id: string
    direction: Direction
    at: number
    force: boolean
    outcome: string
    reason: Reason | null
    forced: boolean
    revoked: boolean
    entry: Record<string, unknown> & { tier: number; section?: string; scanned_at?: number }
  }[]
  walks: { scans: Passage[]; inside: Record<string, string>; entered: Record<string, number> }[]
  apart: { ticket_id: string; gate: string }[]
}

export const vectors = told as unknown as Vectors

export const rosterFile: Bytes = Uint8Array.from(Buffer.from(vectors.file, 'base64'))

export const NOW = '2027-03-01T12:00:00.000Z'

export function aHeader(overrides: Partial<RosterHeader> = {}): RosterHeader {
  const { event, tiers, lists, gates, device } = vectors
  const header = { event, tiers, lists, gates, device, zones: [], partition: null, chunks: [], deltas: [] }
  return { ...header, state: 'ready', server_time: NOW, cursor: '1.0', as_of: NOW, ...overrides }
}

/** A header that names the file of the vectors as its only chunk, by the rules of every guest. */
export async function aWholeHeader(overrides: Partial<RosterHeader> = {}): Promise<RosterHeader> {
  const { device } = vectors
  return aHeader({
    chunks: [{ name: 'chunk', url: '/checkin/roster/chunk', ...(await described(rosterFile)) }],
    device: { ...device, list_ids: [plainList] },
    ...overrides,
  })
}

export async function described(file: Bytes) {
  return { size: file.length, sha256: hex(await sha256(file)), entries: 1 }
}

/** A list without conditions, which admits again after an exit. */
export const plainList =
  vectors.lists.find((list) => list.again === 'after_exit' && list.zone_id === 'event' && isPlain(list))
    ?.id ?? ''

function isPlain(list: CheckInList): boolean {
  const { tier_ids, category_ids, section_ids, roles, starts_at, ends_at, paid_only } = list
  const named = [...tier_ids, ...category_ids, ...section_ids, ...roles]
  return named.length === 0 && !starts_at && !ends_at && !paid_only
}

/** The code of a ticket that nothing speaks against, and that nobody has used yet. */
export const goodCode =
  vectors.decisions.find(
    ({ entry, revoked }) =>
      !revoked && entry['status'] === 'valid' && !entry['offered_until'] && emptied(entry['entered']),
  )?.credential ?? ''

/** Validly signed, and in no roster. */
export const newerCode = vectors.readings.find(({ ticket_id }) => ticket_id?.endsWith('-65535'))?.text ?? ''

function emptied(value: unknown): boolean {
  return Object.keys((value ?? {}) as object).length === 0
}

export const admitted: Scan = {
  result: 'admitted',
  may_force: false,
  ticket: { id: 'ticket-1', number: 1, tier_title: 'Pass', order_code: 'AAAAA-BBBB' },
  attention: false,
  notes: [],
  at: NOW,
}

/** An API of which nothing answers but what a test says. */
export function anApi(overrides: Partial<DoorApi> = {}): DoorApi {
  const away = () => Promise.reject(new TypeError('fetch failed'))
  const nothing = { scan: away, sync: away, undo: away, roster: away, file: away }
  return { ...nothing, group: away, admitGroup: away, search: away, stats: away, ...overrides }
}

/** Takes every scan of a queue as it was decided. */
export function takesAll(scans: OfflineScan[]): Promise<Synced> {
  const results = scans.map(({ nonce, outcome }) => ({ nonce, result: outcome }))
  return Promise.resolve({ results, server_time: NOW })
}

/** Gives a test databases of its own. */
export function emptyDisk(): void {
  globalThis.indexedDB = new IDBFactory()
}
