/** What staff are told of a scan, whoever decided it. */
import { ADVICE, FORCEABLE } from './advice'
import type { Credential } from './credential'
import { knownBefore, type Attempt, type Decision } from './decide'
import { walked, type Passage } from './passages'
import type { EarlierPassage, RosterHeader, Scan } from './types'

export interface Answer extends Omit<Scan, 'result'> {
  /** `ask`: another gate's ticket while doors have no network; a supervisor may let the guest in here. */
  result: 'admitted' | 'refused' | 'ask'
  /** Names the scan, also for the server. */
  nonce: string
  /** Whether the device decided, without a network. */
  offline: boolean
  /** Whether the code is valid and newer than the roster, which therefore names nobody. */
  newer: boolean
  /** The gate to send the guest to, where `result` is `ask`. */
  gate?: string
}

/** Answers what the server has decided. */
export function onlineAnswer(scan: Scan, nonce: string): Answer {
  return { ...scan, nonce, offline: false, newer: false }
}

/** Answers what was shown that is no ticket of the event. */
export function strayAnswer(reason: 'invalid' | 'wrong_event', nonce: string, at: number): Answer {
  return {
    result: 'refused',
    reason,
    advice: ADVICE[reason],
    may_force: false,
    attention: false,
    notes: [],
    at: new Date(at).toISOString(),
    nonce,
    offline: true,
    newer: false,
  }
}

/** Answers what the device has decided of a ticket. */
export function offlineAnswer(
  header: RosterHeader,
  credential: Credential,
  attempt: Attempt,
  decision: Decision,
  own: readonly Passage[],
  nonce: string,
): Answer {
  const { reason, outcome } = decision
  const entry = typeof attempt.known === 'object' ? attempt.known : undefined
  const supervisor = header.device.profile === 'supervisor'
  const [orderId = '', number = ''] = credential.ticket_id.split('-')
  return {
    result: outcome,
    reason,
    advice: reason && ADVICE[reason],
    may_force: supervisor && (outcome === 'ask' || (reason !== undefined && FORCEABLE.has(reason))),
    ticket: {
      id: credential.ticket_id,
      number: Number(number),
      tier_title: header.tiers.find((tier) => tier.id === entry?.tier_id)?.title ?? '',
      order_code: `${orderId.slice(-9, -4)}-${orderId.slice(-4)}`.toUpperCase(),
    },
    person: entry?.name
      ? { name: entry.name, company: entry.company, title: entry.title, role: entry.role }
      : undefined,
    seat: entry?.seat,
    attention: entry?.attention ?? false,
    notes: entry?.notes ?? [],
    earlier: reason === 'already_in' || reason === 'already_used' ? earlier(header, attempt, own) : undefined,
    at: new Date(attempt.at).toISOString(),
    nonce,
    offline: true,
    newer: decision.newer,
    gate: outcome === 'ask' ? titleOf(header, attempt.home_gate) : undefined,
  }
}

/** Answers the entry that stands against an attempt: the last into its zone that is known here. */
function earlier(
  header: RosterHeader,
  attempt: Attempt,
  own: readonly Passage[],
): EarlierPassage | undefined {
  const zone = attempt.rules.zone_id
  const { before, later } = knownBefore(header, attempt.known, own)
  const { told } = walked(later, before, header.event.timezone)
  const last = later
    .filter((scan) => scan.zone_id === zone && !scan.out && told.has(scan.name) && !told.get(scan.name))
    .sort((one, other) => other.at - one.at)[0]
  if (last) return passage(header, last.at, last.gate_id, header.device.name)
  const entered = before.entered[zone]
  return entered === undefined ? undefined : passage(header, entered, before.inside[zone])
}

function passage(
  header: RosterHeader,
  at: number,
  gateId: string | null | undefined,
  device?: string,
): EarlierPassage {
  return { at: new Date(at).toISOString(), gate: titleOf(header, gateId), device }
}

function titleOf(header: RosterHeader, gateId: string | null | undefined): string | undefined {
  return header.gates.find((gate) => gate.id === gateId)?.title
}
