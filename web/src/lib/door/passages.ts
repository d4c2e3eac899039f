/**
 * Where the scans of a ticket lead: who is inside, and which of them are in conflict. The same rules as the server's:
 * scans are gone through by their times, and the earliest entry wins.
 */
import type { Again, Reason } from './types'

/** Where the holder of a ticket is: the zones he is in with the gates he took, and when he went in. */
export interface Standing {
  inside: Readonly<Record<string, string>>
  entered: Readonly<Record<string, number>>
}

export interface Passage {
  /** Tells it from others of the same time. */
  name: string
  at: number
  out: boolean
  zone_id: string
  gate_id: string | null
  again: Again
  outcome: 'admitted' | 'refused' | 'conflict' | 'undone'
  reason?: Reason | null
  forced?: string | null
  /** When the server had been told of it, by the server's clock. */
  told_at?: number
}

export type OutOfOrder = 'already_in' | 'already_used' | 'out_first'

const MAIN_ZONE = 'event'
/** What the server was told comes into a roster within this time. */
const ON_ITS_WAY = 2 * 60_000

export const NOWHERE: Standing = { inside: {}, entered: {} }

const BY_ORDER: ReadonlySet<unknown> = new Set([undefined, null, 'already_in', 'already_used', 'out_first'])
const days = new Map<string, Intl.DateTimeFormat>()

/** Says why a scan can't come next, nothing if it can. */
export function refusal(
  standing: Standing,
  scan: Pick<Passage, 'at' | 'out' | 'zone_id' | 'again'>,
  timezone: string,
): OutOfOrder | undefined {
  const here = Object.hasOwn(standing.inside, scan.zone_id)
  if (scan.out) return here ? undefined : 'out_first'
  const entered = standing.entered[scan.zone_id]
  if (entered === undefined) return undefined
  const barred = {
    never: () => true,
    after_exit: () => here,
    next_day: () => dayOf(entered, timezone) >= dayOf(scan.at, timezone),
    always: () => false,
  }[scan.again]()
  if (!barred) return undefined
  return here ? 'already_in' : 'already_used'
}

/** Goes through scans by their times; answers where they lead, and what became of each that went through. */
export function walked(
  scans: readonly Passage[],
  before: Standing,
  timezone: string,
): { standing: Standing; told: Map<string, OutOfOrder | undefined> } {
  const told = new Map<string, OutOfOrder | undefined>()
  let standing = before
  for (const scan of [...scans].sort(byTime)) {
    const wentThrough = scan.outcome === 'admitted' || scan.outcome === 'conflict'
    if (!wentThrough || !BY_ORDER.has(scan.reason)) continue
    const reason = typeof scan.forced === 'string' ? undefined : refusal(standing, scan, timezone)
    told.set(scan.name, reason)
    if (!reason) standing = moved(standing, scan)
  }
  return { standing, told }
}

/**
 * Keeps those scans that a standing can't know of yet. What the server was told is in it as soon as it tells of
 * anything later, or is so much newer that it would tell of the scan had nobody taken it back; what it was not told
 * counts unless somebody went in after it, who then has come too late.
 */
export function since(
  standing: Standing & { scanned_at?: number },
  scans: readonly Passage[],
  asOf: number,
): Passage[] {
  return scans.filter((scan) => {
    if (scan.told_at !== undefined && scan.told_at < asOf - ON_ITS_WAY) return false
    const until = scan.told_at === undefined ? standing.entered[scan.zone_id] : standing.scanned_at
    return until === undefined || scan.at > until
  })
}

function moved(standing: Standing, scan: Passage): Standing {
  if (scan.out) {
    // Who leaves the event leaves all of its zones.
    const inside = Object.entries(standing.inside).filter(
      ([zone]) => scan.zone_id !== MAIN_ZONE && zone !== scan.zone_id,
    )
    return { ...standing, inside: Object.fromEntries(inside) }
  }
  return {
    inside: { ...standing.inside, [scan.zone_id]: scan.gate_id ?? '' },
    entered: { ...standing.entered, [scan.zone_id]: scan.at },
  }
}

function byTime(one: Passage, other: Passage): number {
  return one.at - other.at || (one.name < other.name ? -1 : 1)
}

/** The day of a time in a time zone, as text that sorts. */
function dayOf(at: number, timezone: string): string {
  let format = days.get(timezone)
  if (!format) {
    format = new Intl.DateTimeFormat('en-CA', {
      timeZone: timezone,
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
    })
    days.set(timezone, format)
  }
  return format.format(at)
}
