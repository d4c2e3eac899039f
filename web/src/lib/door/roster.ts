/**
 * The offline roster: a record for each ticket, which opens only with the ticket's code.
 *
 * A file is "ADMROST" and 1, and then records: a key of 16 bytes, the length of the box in 2 bytes (big-endian), and
 * the box: a nonce of 12 bytes and JSON in AES-256-GCM. Key and box key are SHA-256 of a label and the credential. A
 * record whose box is empty is of a code that another has taken the place of.
 */
import { bytesOf, sha256, type Bytes } from './bytes'
import { verifierOf, type Verify } from './credential'
import { keptHeader, type DoorStore } from './store'
import type { RosterHeader } from './types'

/** One ticket as the roster tells of it; times in milliseconds. */
export interface Entry {
  tier_id: string
  name?: string
  company?: string
  title?: string
  role?: string
  seat?: string
  section_id?: string
  status: 'valid' | 'suspended' | 'cancelled'
  offered_until?: number
  unpaid: boolean
  attention: boolean
  notes: string[]
  inside: Record<string, string>
  entered: Record<string, number>
  /** When somebody last went through a door with it. */
  scanned_at?: number
}

/** What is told of a code that another has taken the place of. */
export type Revoked = 'revoked'

/** The JSON of an entry, by its short names. */
interface Short {
  k: number
  n?: string
  c?: string
  t?: string
  r?: string
  s?: string
  e?: string
  x?: Entry['status']
  o?: number
  u?: boolean
  a?: boolean
  m?: string[]
  i?: Record<string, string>
  w?: Record<string, number>
  l?: number
}

const MAGIC = bytesOf('ADMROST\x01')
const KEY = 16
const LENGTH = 2
const NONCE = 12
const KEY_LABEL = bytesOf('admit roster key\0')
const BOX_LABEL = bytesOf('admit roster box\0')

/**
 * Where each record stands in its file: a hash table over the files' own bytes, two numbers a slot, so that 50,000
 * tickets take no 50,000 objects. Of two records of one key the later one counts.
 */
export class RosterIndex {
  readonly #files: readonly Bytes[]
  readonly #slots: Uint32Array
  readonly #mask: number
  size = 0

  /** Reads files, oldest first. Throws an Error for what is no whole one. */
  constructor(files: readonly Bytes[]) {
    this.#files = files
    const count = files.reduce((sum, file) => sum + countRecords(file), 0)
    const slots = 2 ** Math.ceil(Math.log2(Math.max(64, 2 * count)))
    this.#slots = new Uint32Array(2 * slots)
    this.#mask = slots - 1
    for (const [number, file] of files.entries()) {
      for (const at of records(file)) this.#set(number, file, at)
    }
  }

  /** Answers the box of a key, empty where its code was replaced, nothing where it is not known. */
  box(key: Bytes): Bytes | undefined {
    const slot = this.#slot(key, 0)
    const number = this.#slots[slot] ?? 0
    const file = this.#files[number - 1]
    if (!file) return undefined
    const at = this.#slots[slot + 1] ?? 0
    return file.subarray(at + KEY + LENGTH, at + KEY + LENGTH + lengthAt(file, at))
  }

  #set(number: number, file: Bytes, at: number): void {
    const slot = this.#slot(file, at)
    if (this.#slots[slot] === 0) this.size++
    this.#slots[slot] = number + 1
    this.#slots[slot + 1] = at
  }

  /** Finds the slot of the key that stands there, or the free one that it would take. */
  #slot(bytes: Bytes, at: number): number {
    let slot = new DataView(bytes.buffer, bytes.byteOffset + at).getUint32(0) & this.#mask
    for (;;) {
      const file = this.#files[(this.#slots[2 * slot] ?? 0) - 1]
      if (!file || sameKey(file, this.#slots[2 * slot + 1] ?? 0, bytes, at)) return 2 * slot
      slot = (slot + 1) & this.#mask
    }
  }
}

export class Roster {
  /** Verifies codes of the event; made ready as soon as the roster is open. */
  readonly verify: Promise<Verify>

  constructor(
    readonly header: RosterHeader,
    private readonly index: RosterIndex,
  ) {
    this.verify = verifierOf(header.event.public_key)
  }

  /** Opens the roster that a device has kept, if it has a whole one. */
  static async open(store: DoorStore): Promise<Roster | undefined> {
    const header = await keptHeader(store)
    if (!header) return undefined
    const files = await store.getAll('files')
    files.sort((one, other) => one.to - other.to || one.after - other.after)
    return new Roster(header, new RosterIndex(files.map((file) => file.bytes)))
  }

  /** Answers the same tickets under a newer header of theirs. */
  under(header: RosterHeader): Roster {
    return new Roster(header, this.index)
  }

  /** Answers how many codes it knows, those included that were replaced. */
  get size(): number {
    return this.index.size
  }

  /** Answers what it tells of a code (its 76 bytes), nothing if it does not know it. */
  async look(credential: Bytes): Promise<Entry | Revoked | undefined> {
    const box = this.index.box(await recordKey(credential))
    if (!box) return undefined
    if (box.length === 0) return 'revoked'
    const secret = await sha256(BOX_LABEL, credential)
    const key = await crypto.subtle.importKey('raw', secret, 'AES-GCM', false, ['decrypt'])
    const content = await crypto.subtle.decrypt(
      { name: 'AES-GCM', iv: box.subarray(0, NONCE) },
      key,
      box.subarray(NONCE),
    )
    return entryOf(JSON.parse(new TextDecoder().decode(content)) as Short, this.header)
  }
}

export async function recordKey(credential: Bytes): Promise<Bytes> {
  return (await sha256(KEY_LABEL, credential)).subarray(0, KEY)
}

/** Yields where each record of a file begins. Throws an Error for what is no whole file. */
function* records(file: Bytes): Generator<number> {
  if (MAGIC.some((byte, at) => file[at] !== byte)) throw new Error('not a file of a roster')
  for (let at = MAGIC.length; at < file.length; at += KEY + LENGTH + lengthAt(file, at)) {
    if (at + KEY + LENGTH > file.length || at + KEY + LENGTH + lengthAt(file, at) > file.length) {
      throw new Error('a file of a roster is cut off')
    }
    yield at
  }
}

function countRecords(file: Bytes): number {
  const found = records(file)
  let count = 0
  while (!found.next().done) count++
  return count
}

function lengthAt(file: Bytes, at: number): number {
  return ((file[at + KEY] ?? 0) << 8) | (file[at + KEY + 1] ?? 0)
}

function sameKey(one: Bytes, oneAt: number, other: Bytes, otherAt: number): boolean {
  for (let place = 0; place < KEY; place++) {
    if (one[oneAt + place] !== other[otherAt + place]) return false
  }
  return true
}

function entryOf(said: Short, header: RosterHeader): Entry {
  const entered = said.w ?? {}
  const lastEntered = Object.values(entered).length > 0 ? Math.max(...Object.values(entered)) : undefined
  return {
    tier_id: header.tiers[said.k]?.id ?? '',
    name: said.n,
    company: said.c,
    title: said.t,
    role: said.r,
    seat: said.s,
    section_id: said.e,
    status: said.x ?? 'valid',
    offered_until: said.o,
    unpaid: said.u ?? false,
    attention: said.a ?? false,
    notes: said.m ?? [],
    inside: said.i ?? {},
    entered,
    scanned_at: said.l ?? lastEntered,
  }
}
