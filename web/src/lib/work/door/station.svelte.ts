/** A device at its door: paired once, it scans, shows, takes back, and tells the server what it has decided alone. */
import { asProblem, type Problem } from '$lib/api/problem'
import type { Answer } from '$lib/door/answer'
import { createDoorApi, pairDevice, type DoorApi } from '$lib/door/api'
import { Door, type Queue, type Shown } from '$lib/door/door'
import type {
  Direction,
  DoorStats,
  Group,
  PairedDevice,
  Profile,
  RosterHeader,
  SeenTicket,
  Undone,
} from '$lib/door/types'
import {
  FIRST_CHOICES,
  forgetPairing,
  forgetScansOf,
  keep,
  keptChoices,
  keptPairing,
  openKept,
  type Choices,
  type Kept,
} from './kept'
import type { Signal } from './signals'
import { SolePage } from './sole-page'

/**
 * `elsewhere`: another page of this browser is the door. `revoked`: the server takes this device's key no more; what
 * waits to be told is still here.
 */
export type Phase = 'opening' | 'elsewhere' | 'unpaired' | 'ready' | 'revoked' | 'broken'

/** One attempt, and what staff were told of it. */
export interface Told {
  id: string
  shown: Shown
  answer?: Answer
  problem?: Problem
  /** Set when it was taken back. */
  undone?: Undone
  /** Names the taking back, however often that is tried. */
  undoNonce: string
}

/** Milliseconds between two looks at the server, and between two at what has changed of tickets. */
export const BEAT = 20_000
const REFRESH = 60_000
const RECENT = 30
/** Milliseconds in which a page that is just going away makes room. */
const MAKES_ROOM = 1_000
const NOTHING_WAITS: Queue = { waiting: 0, conflicts: [], set_aside: [] }

interface BatteryManager {
  level: number
}

export class Station {
  phase = $state<Phase>('opening')
  pairing = $state.raw<PairedDevice>()
  choices = $state.raw<Choices>(FIRST_CHOICES)
  header = $state.raw<RosterHeader>()
  /** What fills the screen. */
  told = $state.raw<Told>()
  recent = $state.raw<readonly Told[]>([])
  queue = $state.raw<Queue>(NOTHING_WAITS)
  stats = $state.raw<DoorStats>()
  /** How many scans are under way. */
  checking = $state(0)
  /** Whether the server could not be reached when it was last tried. */
  away = $state(false)
  sending = $state(false)
  /** How many scans the last sync has brought in. */
  sent = $state(0)

  readonly #page = new SolePage()
  #kept: Kept | undefined
  #api: DoorApi | undefined
  #door: Door | undefined
  /** By `performance.now()`, which nobody sets. */
  #refreshed = -Infinity
  #shown: Promise<unknown> = Promise.resolve()
  #soon: ReturnType<typeof setTimeout> | undefined

  constructor(
    private readonly baseUrl: string,
    private readonly signal: (signal: Signal, muted: boolean) => void = () => undefined,
    private readonly fetcher: typeof fetch = (...asked) => fetch(...asked),
    private readonly read: () => number = Date.now,
  ) {}

  get device() {
    return this.header?.device ?? this.pairing?.device
  }

  get profile(): Profile {
    return this.device?.profile ?? 'scan'
  }

  get maySearch(): boolean {
    return this.profile !== 'scan'
  }

  get gate(): string | undefined {
    const gates = this.header?.gates ?? this.pairing?.gates ?? []
    return gates.find((gate) => gate.id === this.device?.gate_id)?.title
  }

  /** The lists that this device may go by. */
  get lists(): { id: string; title: string }[] {
    const known = this.header?.lists ?? this.pairing?.lists ?? []
    return known.filter((list) => this.device?.list_ids.includes(list.id))
  }

  /** The list that it goes by: the chosen one, as long as it may. */
  get listId(): string | undefined {
    const { list_id } = this.choices
    return this.lists.find((list) => list.id === list_id)?.id ?? this.device?.list_ids[0]
  }

  get event() {
    return this.pairing?.event
  }

  // --- the pairing ------------------------------------------------------------------------------------------

  /**
   * Opens what this device has kept, also after a reload or a crash, as soon as no other page is the door; `takes` its
   * place.
   */
  async open(takes = false): Promise<void> {
    this.phase = 'opening'
    const late = setTimeout(() => (this.phase = 'elsewhere'), MAKES_ROOM)
    await this.#page.become(takes, () => this.#giveUp())
    clearTimeout(late)
    this.phase = 'opening'
    try {
      this.#kept = await openKept()
      this.choices = await keptChoices(this.#kept)
      const pairing = await keptPairing(this.#kept)
      if (pairing) await this.#begin(pairing)
      else this.phase = 'unpaired'
    } catch {
      this.phase = 'broken'
    }
  }

  /** Takes up a pairing code. Throws a Problem. */
  async pair(code: string): Promise<void> {
    const pairing = await pairDevice(this.baseUrl, code, this.fetcher)
    if (this.#kept) await keep(this.#kept, 'pairing', pairing)
    this.#close()
    await this.#begin(pairing)
    void this.beat()
  }

  /** Leaves the door: the key and the roster go; scans that the server was not told of stay for a pairing anew. */
  async leave(): Promise<void> {
    const { pairing } = this
    if (!this.#kept || !pairing) return
    const { waiting, set_aside } = (await this.#door?.queue()) ?? NOTHING_WAITS
    this.#close()
    await forgetPairing(this.#kept)
    if (waiting + set_aside.length === 0) await forgetScansOf(pairing.device.id)
    this.pairing = undefined
    this.phase = 'unpaired'
  }

  async choose(change: Partial<Choices>): Promise<void> {
    this.choices = { ...this.choices, ...change }
    if (this.#kept) await keep(this.#kept, 'choices', { ...this.choices })
  }

  turn(direction: Direction): void {
    void this.choose({ direction })
  }

  async #begin(pairing: PairedDevice): Promise<void> {
    const api = createDoorApi(this.baseUrl, pairing.device_key, this.fetcher)
    const door = await Door.open(pairing.device.id, api, this.read)
    this.#api = api
    this.#door = door
    this.#refreshed = -Infinity
    this.header = door.header
    this.pairing = pairing
    this.phase = 'ready'
    await this.#count()
  }

  #giveUp(): void {
    this.#close()
    this.#kept?.close()
    this.#kept = undefined
    this.pairing = undefined
    this.phase = 'elsewhere'
  }

  #close(): void {
    this.#door?.close()
    this.#door = undefined
    this.#api = undefined
    this.header = undefined
    this.told = undefined
    this.recent = []
    this.queue = NOTHING_WAITS
    this.stats = undefined
    this.away = false
  }

  // --- scanning ---------------------------------------------------------------------------------------------

  /** Scans what is shown, by the list and in the direction that are chosen, and fills the screen with the answer. */
  async scan(shown: Shown): Promise<void> {
    const door = this.#door
    if (!door) return
    const asked: Shown = { list_id: this.listId, direction: this.choices.direction, ...shown }
    this.checking += 1
    const answering = this.#answer(door, asked)
    // One after the other, as the guests came: what stays on the screen is of who was scanned last.
    const showing = this.#shown.then(async () => {
      const told = await answering
      this.checking -= 1
      if (door === this.#door) this.#show(told)
      return told
    })
    this.#shown = showing.catch(() => undefined)
    const { answer, problem } = await showing
    if (problem) await this.#met(problem)
    else if (answer?.offline) await this.#unreached()
    else this.#reached()
  }

  async #answer(door: Door, shown: Shown): Promise<Told> {
    const told: Told = { id: crypto.randomUUID(), shown, undoNonce: crypto.randomUUID() }
    try {
      return { ...told, answer: await door.scan(shown) }
    } catch (error) {
      return { ...told, problem: asProblem(error) }
    }
  }

  /** Clears the screen for who comes next. */
  next(): void {
    this.told = undefined
  }

  /** Lets the guest in of whom was just told, against the rules. */
  async force(told: Told, reason: string): Promise<void> {
    await this.scan({ ...told.shown, force: true, force_reason: reason })
  }

  /** Takes a scan back. Throws a Problem. */
  async undo(told: Told): Promise<void> {
    const { answer, shown, undoNonce } = told
    if (!this.#door || !answer) return
    try {
      const undone = await this.#door.undo(shown, answer.nonce, undoNonce)
      this.#reached()
      const after = { ...told, undone }
      this.recent = this.recent.map((one) => (one.id === told.id ? after : one))
      if (this.told?.id === told.id) this.told = after
    } catch (error) {
      const problem = asProblem(error)
      await this.#met(problem)
      throw problem
    } finally {
      await this.#count()
    }
  }

  /** Answers the tickets of an order by one of them. Throws a Problem. */
  group(ticketId: string): Promise<Group> {
    return this.#ask((api) => api.group(ticketId, this.listId))
  }

  /** Answers tickets by words. Throws a Problem. */
  async search(words: string): Promise<SeenTicket[]> {
    return (await this.#ask((api) => api.search(words, this.listId))).items
  }

  /** Lets several tickets of an order through; `nonce` is the same for each try. Throws a Problem. */
  async admitGroup(ticketIds: string[], nonce: string): Promise<{ admitted: number; refused: number }> {
    const { results } = await this.#ask((_, door) =>
      door.admitGroup({
        ticket_ids: ticketIds,
        list_id: this.listId,
        direction: this.choices.direction,
        nonce,
      }),
    )
    const admitted = results.filter(({ scan }) => scan.result === 'admitted').length
    const refused = results.length - admitted
    this.signal(refused === 0 ? 'yes' : 'look', this.choices.muted)
    return { admitted, refused }
  }

  #show(told: Told): void {
    this.told = told
    this.recent = [told, ...this.recent].slice(0, RECENT)
    this.signal(signalOf(told), this.choices.muted)
  }

  async #ask<T>(call: (api: DoorApi, door: Door) => Promise<T>): Promise<T> {
    const [api, door] = [this.#api, this.#door]
    if (!api || !door) throw asProblem(undefined)
    try {
      const answer = await call(api, door)
      this.#reached()
      return answer
    } catch (error) {
      const problem = asProblem(error)
      await this.#met(problem)
      throw problem
    }
  }

  // --- the server -------------------------------------------------------------------------------------------

  /** Looks after what hangs on time; answers what ends it. */
  run(): () => void {
    const timer = setInterval(() => void this.beat(), BEAT)
    const back = () => void this.beat()
    window.addEventListener('online', back)
    void this.beat()
    return () => {
      clearInterval(timer)
      clearTimeout(this.#soon)
      window.removeEventListener('online', back)
    }
  }

  /** Tells the server what waits and how the device is, and brings the roster up to date when it is due. */
  async beat(): Promise<void> {
    const [api, door] = [this.#api, this.#door]
    if (!api || !door || this.phase !== 'ready') return
    try {
      await this.#send(door)
      const battery = await batteryLevel()
      this.stats = await api.stats({
        waiting: this.queue.waiting,
        battery,
        clock_offset_ms: door.clock.offset === undefined ? undefined : -door.clock.offset,
        roster: door.cursor,
      })
      this.away = false
      if (performance.now() - this.#refreshed >= REFRESH || !door.header) {
        const refreshed = await door.refresh()
        if (refreshed.state === 'ready') this.#refreshed = performance.now()
        else this.#beatAgain(refreshed.retry_after)
        this.header = door.header
      }
    } catch (error) {
      await this.#met(asProblem(error))
    }
  }

  /** Looks again in so many seconds: the first device of an event waits for its roster. */
  #beatAgain(seconds: number): void {
    clearTimeout(this.#soon)
    this.#soon = setTimeout(() => void this.beat(), seconds * 1_000)
  }

  /** Takes down that somebody has taken note of a conflict. */
  async acknowledge(nonce: string): Promise<void> {
    await this.#door?.acknowledge(nonce)
    await this.#count()
  }

  async #send(door: Door): Promise<void> {
    await this.#count()
    if (this.queue.waiting === 0) return
    this.sending = true
    try {
      const { sent, conflicts } = await door.sync()
      this.sent = sent
      if (conflicts.length > 0) this.signal('look', this.choices.muted)
    } finally {
      this.sending = false
      await this.#count()
    }
  }

  #reached(): void {
    this.away = false
    if (this.queue.waiting > 0 && !this.sending) void this.beat()
  }

  async #unreached(): Promise<void> {
    this.away = true
    const unsent = await this.#door?.unsent().catch(() => undefined)
    if (unsent) this.queue = { ...this.queue, ...unsent }
  }

  /** Takes what a problem tells of the server: that it is away, or that it knows this device no more. */
  async #met(problem: Problem): Promise<void> {
    if (problem.status === 401 && this.#door) this.phase = 'revoked'
    else if (problem.status === 0 || problem.status >= 500) this.away = true
    await this.#count()
  }

  async #count(): Promise<void> {
    // What can't be read is as it was: the next scan says that this device keeps nothing.
    const queue = await this.#door?.queue().catch(() => undefined)
    if (queue) this.queue = queue
  }
}

/** Says how an answer sounds. */
export function signalOf({ answer }: Told): Signal {
  if (!answer) return 'no'
  if (answer.result === 'ask' || answer.reason === 'out_first') return 'look'
  if (answer.result === 'refused') return 'no'
  return answer.attention ? 'look' : 'yes'
}

/** In percent, where the browser tells. */
async function batteryLevel(): Promise<number | undefined> {
  const { getBattery } = navigator as { getBattery?: () => Promise<BatteryManager> }
  const battery = await getBattery?.call(navigator).catch(() => undefined)
  return battery && Math.round(battery.level * 100)
}
