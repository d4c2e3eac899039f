/** A door: asks the server, decides by itself where that does not answer in time, and tells it later. */
import { asProblem, Problem } from '$lib/api/problem'
import { offlineAnswer, onlineAnswer, strayAnswer, type Answer } from './answer'
import { within, type DoorApi } from './api'
import { DoorClock } from './clock'
import { readCredential } from './credential'
import { decide, homeGate, rulesOf, type Attempt } from './decide'
import {
  acknowledge,
  conflictsIn,
  countWaiting,
  forgetScans,
  keepScan,
  scansOf,
  scansSetAside,
  takeBack,
  takeUpAgain,
  waitingScans,
} from './queue'
import { Roster } from './roster'
import { refreshRoster, type Refreshed } from './roster-files'
import { keptClock, openStore, type DoorStore, type KeptScan } from './store'
import { sync, type SyncReport } from './sync'
import type {
  CheckInList,
  Direction,
  GroupRequest,
  GroupScans,
  OfflineScan,
  RosterHeader,
  Scan,
  ScanRequest,
  Undone,
} from './types'

/** What a guest shows, and what is asked for. */
export interface Shown {
  credential?: string
  ticket_id?: string
  list_id?: string
  direction?: Direction
  /** A supervisor lets the guest in against the rules. */
  force?: boolean
  force_reason?: string
}

/** What the server is still to be told, and what came of the rest that people should know of. */
export interface Queue {
  waiting: number
  /** When the oldest scan was that waits, in milliseconds. */
  since?: number
  /** Who went through against the rules, and nobody has taken note of. */
  conflicts: KeptScan[]
  /** Scans that the server can't take. */
  set_aside: KeptScan[]
}

const PATIENCE = 2_000
const REST = 10_000
const SCANS_KEPT = 48 * 3_600_000
const LONGEST_CREDENTIAL = 1_000
const LONGEST_REASON = 200

/** Answers that another try may turn: no connection, too much to do, a fault of the server. */
function unreachable(problem: Problem): boolean {
  return problem.status === 0 || problem.status === 429 || problem.status >= 500
}

export class Door {
  #turn: Promise<unknown> = Promise.resolve()
  #syncing: Promise<SyncReport> | undefined
  #refreshing: Promise<Refreshed> | undefined
  /** By `performance.now()`, which nobody sets. */
  #awayUntil = -Infinity

  private constructor(
    private readonly store: DoorStore,
    private readonly api: DoorApi,
    readonly clock: DoorClock,
    private roster: Roster | undefined,
  ) {}

  /** Opens what a device has kept, also after a reload or a crash; `read` is its clock in milliseconds. */
  static async open(deviceId: string, api: DoorApi, read: () => number = Date.now): Promise<Door> {
    const store = await openStore(deviceId)
    await takeUpAgain(store)
    const clock = new DoorClock(await keptClock(store), read)
    return new Door(store, api, clock, await Roster.open(store))
  }

  /** Up to where the roster reaches, if there is one. */
  get cursor(): string | undefined {
    return this.roster?.header.cursor
  }

  /** What the roster says readably: lists, gates, this device; nothing before there is one. */
  get header(): RosterHeader | undefined {
    return this.roster?.header
  }

  async queue(): Promise<Queue> {
    const [waiting, conflicts, set_aside] = await Promise.all([
      this.unsent(),
      conflictsIn(this.store),
      scansSetAside(this.store),
    ])
    return { ...waiting, conflicts, set_aside }
  }

  /** Answers how many scans the server is still to be told, and since when; costs nothing with many scans. */
  async unsent(): Promise<Pick<Queue, 'waiting' | 'since'>> {
    const [waiting, [oldest]] = await Promise.all([this.waiting(), waitingScans(this.store, 1)])
    return { waiting, since: oldest?.at }
  }

  /** Takes down that somebody has taken note of a conflict. */
  acknowledge(nonce: string): Promise<void> {
    return acknowledge(this.store, nonce)
  }

  /** Answers how many scans the server is still to be told. */
  waiting(): Promise<number> {
    return countWaiting(this.store)
  }

  /**
   * Scans once: by the server, else by itself, with the same nonce, so that an answer which was lost is no second
   * entry. What the device decides is on the disk before it is answered. Throws a Problem.
   */
  async scan(shown: Shown): Promise<Answer> {
    const request = this.#request(shown)
    const online = await this.#online(request)
    if (online) return online
    return this.#inTurn(() => this.#offline(request)).catch((error: unknown) => {
      if (error instanceof Problem) throw error
      throw new Problem(0, 'not_kept', 'This device can not keep what it decides.')
    })
  }

  /**
   * Takes a scan back, which only the server can; without `scanNonce` the last one of that ticket. A repeat after a
   * lost answer takes the same `nonce`. Throws a Problem.
   */
  async undo(
    shown: Pick<Shown, 'credential' | 'ticket_id' | 'list_id'>,
    scanNonce?: string,
    nonce: string = crypto.randomUUID(),
  ): Promise<Undone> {
    if ((await this.waiting()) > 0) await this.sync()
    const { credential, ticket_id, list_id } = shown
    const request = { credential, ticket_id, list_id, nonce, scan_nonce: scanNonce }
    const undone = await this.api.undo(request)
    const ours = scanNonce ?? (await this.#lastOwn(undone, list_id))
    if (ours !== undefined) await takeBack(this.store, ours)
    return undone
  }

  /** Lets tickets of one order through at once, which only the server can. Throws a Problem. */
  async admitGroup(request: GroupRequest): Promise<GroupScans> {
    const at = new Date(this.clock.now()).toISOString()
    const scans = await this.api.admitGroup(request)
    const { list_id, direction } = request
    for (const { ticket_id, scan } of scans.results) {
      const one = { list_id, direction, at, nonce: `${request.nonce}.${ticket_id}` }
      await this.#remember(one, scan).catch(() => undefined)
    }
    return scans
  }

  /** Sends what was decided offline; two calls at once are one. Throws a Problem. */
  sync(): Promise<SyncReport> {
    this.#syncing ??= this.#sync().finally(() => (this.#syncing = undefined))
    return this.#syncing
  }

  /** Brings the roster up to date; two calls at once are one. Throws a Problem. */
  refresh(): Promise<Refreshed> {
    this.#refreshing ??= this.#refresh().finally(() => (this.#refreshing = undefined))
    return this.#refreshing
  }

  close(): void {
    this.store.close()
  }

  async #sync(): Promise<SyncReport> {
    const report = await sync(this.store, this.api, this.clock)
    // Whoever has answered this answers the next scan.
    if (report.sent > 0) this.#awayUntil = -Infinity
    return report
  }

  async #refresh(): Promise<Refreshed> {
    const refreshed = await refreshRoster(this.store, this.api, this.clock)
    if (refreshed.state === 'ready') {
      const same = refreshed.changed ? undefined : this.roster
      this.roster = same?.under(refreshed.header) ?? (await Roster.open(this.store))
    }
    await forgetScans(this.store, this.clock.now() - SCANS_KEPT)
    return refreshed
  }

  #request(shown: Shown): ScanRequest {
    const { credential, ticket_id, list_id, direction = 'in', force, force_reason } = shown
    return {
      ...(credential !== undefined && { credential: sendable(credential, LONGEST_CREDENTIAL) }),
      ...(ticket_id !== undefined && { ticket_id }),
      ...(list_id !== undefined && { list_id }),
      direction,
      nonce: crypto.randomUUID(),
      ...(force && { force }),
      ...(force && force_reason && { force_reason: sendable(force_reason, LONGEST_REASON) }),
      at: new Date(this.clock.now()).toISOString(),
    }
  }

  /** Asks the server; answers nothing where it can't be reached, for which the next scans need not wait. */
  async #online(request: ScanRequest): Promise<Answer | undefined> {
    if (performance.now() < this.#awayUntil && this.roster) return undefined
    let scan
    try {
      scan = await within(PATIENCE, (signal) => this.api.scan(request, signal))
    } catch (error) {
      const problem = asProblem(error)
      if (!unreachable(problem)) throw problem
      this.#awayUntil = performance.now() + REST
      return undefined
    }
    this.#awayUntil = -Infinity
    // The server knows it: that the disk is full, or the roster older than a list, is no reason to stop anybody.
    await this.#remember(request, scan).catch(() => undefined)
    return onlineAnswer(scan, request.nonce)
  }

  /** Keeps what the server has admitted, since the roster tells of it only a minute later. */
  async #remember(request: ScanRequest, scan: Scan): Promise<void> {
    if (!this.roster || scan.result !== 'admitted' || !scan.ticket) return
    const rules = rulesOf(this.roster.header, request.list_id)
    const made = { ticket_id: scan.ticket.id, at: scan.at ?? request.at }
    await keepScan(this.store, this.#kept(request, rules, made))
  }

  async #offline(request: ScanRequest): Promise<Answer> {
    const { roster } = this
    if (!roster || request.credential === undefined) {
      throw new Problem(0, 'offline', 'No connection to the server. Without it this can not be looked up.')
    }
    const { header } = roster
    const rules = rulesOf(header, request.list_id)
    const at = Date.parse(request.at)
    const credential = await readCredential(request.credential, header.event.id, await roster.verify)
    if (typeof credential === 'string') {
      const unsent: OfflineScan = { ...unforced(request), outcome: 'refused', reason: credential }
      await keepScan(this.store, this.#kept(request, rules, { unsent }))
      return strayAnswer(credential, request.nonce, at)
    }
    const own = await scansOf(this.store, credential.ticket_id)
    const attempt: Attempt = {
      known: await roster.look(credential.raw),
      rules,
      direction: request.direction,
      at,
      force: request.force === true && header.device.profile === 'supervisor',
      home_gate: await homeGate(credential.ticket_id, header.partition?.[rules.id] ?? []),
    }
    const decision = decide(header, attempt, own)
    const { reason, forced } = decision
    // Who is asked about stays outside under this nonce, which the server may have admitted; a supervisor who lets
    // the guest in scans anew.
    const outcome = decision.outcome === 'ask' ? 'refused' : decision.outcome
    // Only a scan that a rule spoke against is forced: any other may still turn out a conflict.
    const unsent: OfflineScan = { ...(forced ? request : unforced(request)), outcome, reason }
    await keepScan(
      this.store,
      this.#kept(request, rules, { ticket_id: credential.ticket_id, unsent, forced }),
    )
    return offlineAnswer(header, credential, attempt, decision, own, request.nonce)
  }

  /** Answers the nonce of this device's own scan that the server took back as the last one, if it was its own. */
  async #lastOwn(undone: Undone, listId?: string): Promise<string | undefined> {
    const header = this.roster?.header
    if (!header || undone.device !== header.device.name) return undefined
    const rules = header.lists.find((list) => list.id === (listId ?? header.device.list_ids[0]))
    const last = (await scansOf(this.store, undone.ticket.id))
      .filter((scan) => scan.outcome === 'admitted' && scan.zone_id === rules?.zone_id)
      .sort((one, other) => other.at - one.at)[0]
    return last && last.out === (undone.direction === 'out') ? last.nonce : undefined
  }

  #kept(
    request: ScanRequest,
    rules: CheckInList,
    made: { ticket_id?: string; at?: string; unsent?: OfflineScan; forced?: boolean },
  ): KeptScan {
    return {
      nonce: request.nonce,
      name: request.nonce,
      ...(made.ticket_id !== undefined && { ticket_id: made.ticket_id }),
      at: Date.parse(made.at ?? request.at),
      out: request.direction === 'out',
      zone_id: rules.zone_id,
      gate_id: this.roster?.header.device.gate_id ?? null,
      again: rules.again,
      outcome: made.unsent?.outcome ?? 'admitted',
      reason: made.unsent?.reason,
      forced: made.forced ? (request.force_reason ?? '') : null,
      ...(made.unsent ? { unsent: made.unsent, waiting: 1 as const } : { told_at: this.clock.now() }),
    }
  }

  /** Decides one scan after the other, so that the second of two at once knows of the first. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#turn.then(work, work)
    this.#turn = mine.catch(() => undefined)
    return mine
  }
}

function unforced(request: ScanRequest): ScanRequest {
  return { ...request, force: undefined, force_reason: undefined }
}

/** Cuts a scanned text to what the server reads, and takes out what is no character. */
function sendable(text: string, longest: number): string {
  return Array.from(text.replace(/\p{Surrogate}/gu, '\ufffd'))
    .slice(0, longest)
    .join('')
}
