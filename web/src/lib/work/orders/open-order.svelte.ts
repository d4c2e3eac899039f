import { asProblem, type Problem } from '$lib/api/problem'
import type { HolderDetails } from '$lib/api/types'
import type { ActionName, ActionView, Order, OrderRow, OrdersApi, Said } from './api'

/** Milliseconds between two looks at what follows from an act. */
const PAUSES = [500, 1_000, 1_500, 2_000, 3_000, 4_000, 5_000, 6_000, 8_000, 10_000]

type Followed = Pick<OrdersApi, 'order' | 'actions' | 'row' | 'act' | 'assign' | 'takeBack'>

/** An order that is looked at closely. After an act it is followed until its tickets are made and the list knows it. */
export class OpenOrder {
  order = $state.raw<Order>()
  actions = $state.raw<readonly ActionView[]>()
  problem = $state.raw<Problem>()
  /** What follows from an act is not all there yet. */
  behind = $state(false)
  /** It was waited for long enough; it comes by itself. */
  late = $state(false)
  #turn = 0
  #looks = 0
  #gone = false

  constructor(
    private readonly api: Followed,
    readonly id: string,
    private readonly onrow: (row: OrderRow) => void,
    private readonly pauses: readonly number[] = PAUSES,
  ) {}

  async load(): Promise<void> {
    this.problem = undefined
    try {
      await this.#look()
    } catch (error) {
      if (!this.#gone) this.problem = asProblem(error)
    }
  }

  /** Does an action. Throws the Problem of its refusal. */
  async act(name: ActionName, said: Said, key: string): Promise<void> {
    const order = await this.api.act(this.id, name, said, key)
    // What was looked at before tells less.
    this.#looks++
    this.order = order
    void this.follow()
  }

  async assign(number: number, holder: HolderDetails): Promise<void> {
    await this.api.assign(this.id, number, holder)
    void this.follow()
  }

  async takeBack(number: number): Promise<void> {
    await this.api.takeBack(this.id, number)
    void this.follow()
  }

  stop(): void {
    this.#gone = true
    this.#turn++
  }

  /** Looks until nothing more follows and the list tells the same. A look that fails is made again with the next. */
  async follow(): Promise<void> {
    const turn = ++this.#turn
    this.behind = true
    this.late = false
    for (const pause of [0, ...this.pauses]) {
      await new Promise((resume) => setTimeout(resume, pause))
      if (turn !== this.#turn) return
      const row = await this.#caughtUp().catch(() => undefined)
      if (turn !== this.#turn) return
      if (row) {
        this.behind = false
        this.onrow(row)
        return
      }
    }
    this.behind = false
    this.late = true
    if (!this.order) await this.load()
  }

  async #look(): Promise<void> {
    const look = ++this.#looks
    const [order, actions] = await Promise.all([this.api.order(this.id), this.api.actions(this.id)])
    if (this.#gone || look !== this.#looks) return
    this.order = order
    this.actions = actions
    this.problem = undefined
  }

  async #caughtUp(): Promise<OrderRow | undefined> {
    await this.#look()
    if (!this.order || this.order.status === 'settled') return undefined
    const row = await this.api.row(this.order)
    return row && tells(row, this.order) ? row : undefined
  }
}

/** Whether a row of the list tells the order as it is. `unassigned` follows from the time too. */
export function tells(row: OrderRow, order: Order): boolean {
  const live = order.tickets.filter(({ status }) => status !== 'cancelled')
  const reasons = row.attention.filter((reason) => reason !== 'unassigned')
  const expected = order.attention.filter((reason) => reason !== 'unassigned')
  return (
    row.status === order.status &&
    row.payment_status === order.payment_status &&
    row.paid.amount === order.paid.amount &&
    row.invoice_number === order.invoice_number &&
    row.progress.issued === live.length &&
    row.progress.nameless === live.filter(({ holder }) => !holder).length &&
    reasons.length === expected.length &&
    reasons.every((reason) => expected.includes(reason))
  )
}
