/** What a door decides without a network: the server's rules on what the roster and the device's own scans say. */
import { Problem } from '$lib/api/problem'
import { FORCEABLE } from './advice'
import { bytesOf, sha256 } from './bytes'
import { NOWHERE, refusal, since, walked, type Passage, type Standing } from './passages'
import type { Entry, Revoked } from './roster'
import type { CheckInList, Direction, Reason, RosterHeader } from './types'

/** What is known of a ticket by its code; nothing where the code is newer than the roster. */
export type Known = Entry | Revoked | undefined

export interface Attempt {
  known: Known
  rules: CheckInList
  direction: Direction
  /** Milliseconds, by the server's clock. */
  at: number
  /** Whether a supervisor lets the guest in against the rules. */
  force: boolean
  /** The gate that admits this ticket while doors have no network, if tickets are spread over gates. */
  home_gate?: string
}

export interface Decision {
  /** `ask`: another gate's ticket, which only a supervisor may let in here. */
  outcome: 'admitted' | 'refused' | 'ask'
  reason?: Reason
  /** Whether a rule spoke against it. */
  forced: boolean
  /** Whether the code is validly signed and in no roster yet. */
  newer: boolean
}

/** Decides an attempt by what is known and by the scans of the same ticket that this device has made itself. */
export function decide(header: RosterHeader, attempt: Attempt, own: readonly Passage[]): Decision {
  const newer = attempt.known === undefined
  const reason = refused(header, attempt, own)
  if (reason !== undefined) {
    const forced = attempt.force && FORCEABLE.has(reason)
    return forced
      ? { outcome: 'admitted', forced, newer }
      : { outcome: 'refused', reason, forced: false, newer }
  }
  const { gate_id } = header.device
  const elsewhere = attempt.home_gate !== undefined && !!gate_id && attempt.home_gate !== gate_id
  const asks = elsewhere && attempt.direction === 'in' && !attempt.force
  return { outcome: asks ? 'ask' : 'admitted', forced: false, newer }
}

/** Answers where a ticket's holder was by the roster, and which scans of this device's own came since. */
export function knownBefore(
  header: RosterHeader,
  known: Known,
  own: readonly Passage[],
): { before: Standing; later: Passage[] } {
  // A roster without this code can't tell that a scan was taken back.
  if (typeof known !== 'object') return { before: NOWHERE, later: since(NOWHERE, own, -Infinity) }
  return { before: known, later: since(known, own, Date.parse(header.as_of ?? '') || -Infinity) }
}

/** Answers the list that a scan goes by. Throws a Problem. */
export function rulesOf(header: RosterHeader, listId?: string): CheckInList {
  const { list_ids } = header.device
  if (listId === undefined && list_ids.length > 1) {
    throw new Problem(422, 'invalid', 'Say by which list.', [{ field: 'list_id', message: 'say which' }])
  }
  const id = listId ?? list_ids[0]
  const rules = header.lists.find((list) => list.id === id)
  if (!rules || !list_ids.includes(rules.id)) {
    throw new Problem(422, 'invalid', 'This is not a list of this device.', [
      { field: 'list_id', message: 'is not a list of this device' },
    ])
  }
  return rules
}

/** Answers the gate that admits a ticket while doors have no network. */
export async function homeGate(ticketId: string, partition: readonly string[]): Promise<string | undefined> {
  if (partition.length === 0) return undefined
  const digest = await sha256(bytesOf(ticketId))
  return partition[new DataView(digest.buffer).getUint32(0) % partition.length]
}

/** Says what speaks against an attempt, the most telling reason first. */
function refused(header: RosterHeader, attempt: Attempt, own: readonly Passage[]): Reason | undefined {
  const { known, rules, at } = attempt
  const out = attempt.direction === 'out'
  if (known === 'revoked') return 'superseded'
  const notIn = out ? undefined : notAdmitted(header, known, rules, at)
  if (notIn) return notIn
  const { before, later } = knownBefore(header, known, own)
  const { standing } = walked(later, before, header.event.timezone)
  const scan = { at, out, zone_id: rules.zone_id, again: rules.again }
  return refusal(standing, scan, header.event.timezone)
}

/** Says why a ticket is no way in at this door and time, whoever is inside with it. */
function notAdmitted(
  header: RosterHeader,
  entry: Entry | undefined,
  rules: CheckInList,
  at: number,
): Reason | undefined {
  if (!entry) return closed(rules, at)
  if (entry.status !== 'valid') return entry.status
  if (entry.offered_until !== undefined && at < entry.offered_until) return 'in_transfer'
  return notListed(header, entry, rules) ?? closed(rules, at)
}

function closed(rules: CheckInList, at: number): Reason | undefined {
  if (rules.starts_at && at < Date.parse(rules.starts_at)) return 'not_yet'
  if (rules.ends_at && at >= Date.parse(rules.ends_at)) return 'ended'
  return undefined
}

function notListed(header: RosterHeader, entry: Entry, rules: CheckInList): Reason | undefined {
  if (rules.paid_only && entry.unpaid) return 'unpaid'
  const { tier_ids, category_ids, section_ids, roles } = rules
  const listed =
    (tier_ids.length + category_ids.length === 0 || admitsTier(header, entry, rules)) &&
    (section_ids.length === 0 ||
      (entry.section_id !== undefined && section_ids.includes(entry.section_id))) &&
    (roles.length === 0 || roles.includes(entry.role ?? 'attendee'))
  return listed ? undefined : 'wrong_list'
}

function admitsTier(header: RosterHeader, entry: Entry, rules: CheckInList): boolean {
  const category = header.tiers.find((tier) => tier.id === entry.tier_id)?.category
  return rules.tier_ids.includes(entry.tier_id) || (!!category && rules.category_ids.includes(category))
}
