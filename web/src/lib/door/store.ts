/**
 * What a device keeps: the roster's files, its scans, and a few facts. One database a pairing.
 *
 * Who takes a device finds no name in the roster without the ticket's code, and whole codes only in scans that the
 * server has not taken yet: those that wait, and those that were set aside.
 */
import { openDB, type DBSchema, type IDBPDatabase } from 'idb'
import type { Bytes } from './bytes'
import type { ClockSample } from './clock'
import type { Passage } from './passages'
import type { EarlierPassage, OfflineScan, RosterHeader } from './types'

export interface KeptFile {
  name: string
  generation: string
  /** From which state to which it leads; 0 for both says that it is a chunk of the whole. */
  after: number
  to: number
  bytes: Bytes
}

/** A scan that this device has made: what it was, and what is sent of it until the server has answered. */
export interface KeptScan extends Passage {
  order?: number
  nonce: string
  ticket_id?: string
  /** What the server is still to be told. */
  unsent?: OfflineScan
  /** 1 while it is to be sent; IndexedDB leaves out what has no value. */
  waiting?: 1
  /** Why the server can't take it; it is kept, and shown to people. */
  set_aside?: string
  /** The entry that came before it, of a scan in conflict. */
  winner?: EarlierPassage | null
  /** Whether somebody has taken note of its conflict. */
  acknowledged?: true
}

interface Facts {
  header: RosterHeader
  clock: ClockSample
}

interface Schema extends DBSchema {
  files: { key: string; value: KeptFile }
  scans: {
    key: number
    value: KeptScan
    indexes: { nonce: string; ticket_id: string; waiting: number }
  }
  facts: { key: keyof Facts; value: Facts[keyof Facts] }
}

export type DoorStore = IDBPDatabase<Schema>

/** Written through to the disk before it counts as written, as far as the browser can. */
export const STRICT = { durability: 'strict' } as const

/** Opens what a device keeps, and asks the browser never to clear it away by itself. */
export async function openStore(deviceId: string): Promise<DoorStore> {
  await globalThis.navigator?.storage?.persist?.().catch(() => false)
  return openDB<Schema>(`admit.door.${deviceId}`, 1, {
    upgrade(db) {
      db.createObjectStore('files', { keyPath: 'name' })
      db.createObjectStore('facts')
      const scans = db.createObjectStore('scans', { keyPath: 'order', autoIncrement: true })
      scans.createIndex('nonce', 'nonce', { unique: true })
      scans.createIndex('ticket_id', 'ticket_id')
      scans.createIndex('waiting', 'waiting')
    },
  })
}

export async function keptHeader(store: DoorStore): Promise<RosterHeader | undefined> {
  return (await store.get('facts', 'header')) as RosterHeader | undefined
}

export async function keptClock(store: DoorStore): Promise<ClockSample | undefined> {
  return (await store.get('facts', 'clock')) as ClockSample | undefined
}

export async function keepClock(store: DoorStore, sample: ClockSample): Promise<void> {
  await store.put('facts', sample, 'clock')
}
