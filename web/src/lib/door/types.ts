/** What the door's routes tell and take; times of the API are RFC 3339, those of the engine milliseconds. */
import type { components } from '$lib/api/schema'

type Schemas = components['schemas']

export type DoorStats = Schemas['DoorStats']
export type Group = Schemas['Group']
export type PairedDevice = Schemas['PairedDevice']
export type SeenTicket = Schemas['SeenTicket']

export type Again = 'never' | 'after_exit' | 'next_day' | 'always'
export type Direction = 'in' | 'out'
export type Profile = 'scan' | 'search' | 'supervisor'
export type Reason =
  | 'invalid'
  | 'wrong_event'
  | 'wrong_list'
  | 'not_yet'
  | 'ended'
  | 'unpaid'
  | 'suspended'
  | 'cancelled'
  | 'in_transfer'
  | 'superseded'
  | 'already_in'
  | 'already_used'
  | 'out_first'
  | 'gate_full'

/** By which rules a device admits. */
export interface CheckInList {
  id: string
  title: string
  tier_ids: string[]
  category_ids: string[]
  section_ids: string[]
  roles: string[]
  starts_at?: string | null
  ends_at?: string | null
  again: Again
  zone_id: string
  paid_only: boolean
}

export interface Place {
  id: string
  title: string
}

export interface RosterFile {
  name: string
  size: number
  sha256: string
  entries: number
  /** Path of the API that answers where the file lies. */
  url: string
}

/** A file of what has changed after one state of the generation, up to another. */
export interface RosterDelta extends RosterFile {
  after: number
  to: number
}

/** The roster's readable part: the event, its rules, the device, and which files belong to it. */
export interface RosterHeader {
  state: 'ready'
  server_time: string
  /** `generation.n`: up to which delta these files reach. */
  cursor: string
  /** What changed before that is in these files, but for what was on its way to them. */
  as_of: string | null
  event: { id: string; title: string; timezone: string; public_key: string }
  tiers: { id: string; title: string; category: string | null }[]
  lists: CheckInList[]
  gates: Place[]
  zones: Place[]
  device: { id: string; name: string; gate_id?: string | null; list_ids: string[]; profile: Profile }
  /** By each list of the device the gates over which its tickets are spread while doors have no network. */
  partition: Record<string, string[]> | null
  chunks: RosterFile[]
  deltas: RosterDelta[]
}

/** While a roster is being made there is none: ask again after so many seconds. */
export type RosterAnswer = RosterHeader | { state: 'building'; server_time: string; retry_after: number }

/** One attempt to use a ticket, as it is sent. */
export interface ScanRequest {
  credential?: string
  ticket_id?: string
  list_id?: string
  direction: Direction
  nonce: string
  force?: boolean
  force_reason?: string
  at: string
}

export interface EarlierPassage {
  at: string
  gate?: string | null
  /** Not known offline, where another device let somebody in. */
  device?: string
}

/** What a device is told of a scan. */
export interface Scan {
  result: 'admitted' | 'refused'
  reason?: Reason | null
  advice?: string | null
  may_force: boolean
  ticket?: { id: string; number: number; tier_title: string; order_code: string } | null
  person?: {
    name: string
    company?: string | null
    title?: string | null
    role?: string | null
    email?: string | null
  } | null
  seat?: string | null
  attention: boolean
  notes: string[]
  earlier?: EarlierPassage | null
  at?: string | null
}

/** Tickets of one order that go through together. */
export interface GroupRequest {
  ticket_ids: string[]
  list_id?: string
  direction: Direction
  nonce: string
}

/** What became of each ticket of a group that was to go through. */
export interface GroupScans {
  results: { ticket_id: string; scan: Scan }[]
}

/** Which scan of a ticket is taken back. */
export interface UndoRequest {
  credential?: string
  ticket_id?: string
  list_id?: string
  nonce: string
  scan_nonce?: string
}

/** A scan that was taken back, and how the ticket stands now. */
export interface Undone {
  ticket: NonNullable<Scan['ticket']>
  person?: Scan['person']
  direction: Direction
  at: string
  device: string
  admission: 'out' | 'in'
}

/** A scan that the device has decided by itself. */
export interface OfflineScan extends ScanRequest {
  outcome: 'admitted' | 'refused'
  reason?: Reason
}

/** How a device is, by its own word. */
export interface Heartbeat {
  waiting: number
  /** In percent. */
  battery?: number
  clock_offset_ms?: number
  roster?: string
}

export interface SyncedScan {
  nonce: string
  result: 'admitted' | 'refused'
  reason?: Reason | null
  conflict?: EarlierPassage | null
}

export interface Synced {
  results: SyncedScan[]
  server_time: string
}
