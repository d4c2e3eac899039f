import { asProblem, Problem, type Fault } from '$lib/api/problem'
import type { Money, Order, PaymentMethod, PlacedOrder, PlaceRequest } from '$lib/api/types'
import { t } from '$lib/i18n/index.svelte'
import { keepOrderKey, orderKey } from '$lib/keys'
import { awaitsCard, ended, payable } from '$lib/order/status'
import { attemptKey, endAttempt, forgetAttempt, noteOrder, notedOrder, repeats, retireKey } from './attempt'
import { askedOfAttendees } from './attendees'
import { methodsOf } from './basket'
import { bodyOf, faultsOf, orderQuestions } from './body'
import { clearChoices } from './draft'
import type { Purchase } from './purchase.svelte'

/** Refusals after which the page has to show the event as it is now. */
const STALE = new Set([
  'price_changed',
  'sold_out',
  'not_on_sale',
  'limit_reached',
  'payment_method_not_allowed',
  'discount_used_up',
  'unknown_code',
  'seat_taken',
])

/** The way from what is chosen to an order: who buys, how it is paid, and the one order that is placed. */
export class Checkout {
  placing = $state(false)
  /** The unpaid order of this tab whose tickets are held, and would be let go for this one: the buyer decides. */
  held = $state.raw<Order>()
  /** The total that the buyer has agreed to before it changed. */
  formerTotal = $state.raw<Money>()
  #tried = $state(false)
  /** The draft as it was when the order was to be placed last. */
  #pressed = $state('')

  readonly methods = $derived.by(() => {
    const { choices, quote } = this.purchase
    return choices.length ? methodsOf(choices, quote.current) : []
  })
  readonly method = $derived.by((): PaymentMethod | undefined => {
    const { method } = this.purchase.draft
    return method && this.methods.includes(method) ? method : this.methods[0]
  })
  /** What is asked with the order, and whether something is asked of who attends. */
  readonly questions = $derived.by(() => orderQuestions(this.purchase.event.questions, this.purchase.choices))
  readonly asksAttendees = $derived.by(() => {
    const { choices, event } = this.purchase
    return choices.some((choice) => askedOfAttendees(event.questions, choice).length > 0)
  })
  readonly problem = $derived.by(() => this.purchase.refusal ?? this.purchase.quote.problem)
  /** What is wrong with the fields: from the first try on what is missing, and what the server refused. */
  readonly faults = $derived.by((): readonly Fault[] => {
    const { draft, choices, event, refusal } = this.purchase
    return [
      ...(this.#tried ? faultsOf(draft, choices, event.questions, this.method) : []),
      ...(refusal?.faults ?? []),
    ]
  })

  /** Whether the order waits for the network, and goes on when that is back. Another draft is another order. */
  readonly waiting = $derived.by(() => {
    const { refusal, draft } = this.purchase
    return refusal?.code === 'offline' && this.#pressed === JSON.stringify(draft)
  })

  constructor(readonly purchase: Purchase) {}

  fault(field: string): string | undefined {
    return this.faults.find((fault) => fault.field === field)?.message
  }

  /**
   * Places the order once, however often it is called. Nothing typed or chosen is lost when it is refused.
   * A price above the total that is shown, be it a former one or an estimate, has to be seen first.
   * An earlier order that is held is only let go when the buyer says so: else it is shown in `held`.
   */
  async place(lettingGo = false): Promise<PlacedOrder | undefined> {
    if (this.placing) return undefined
    const { purchase } = this
    purchase.refuse(undefined)
    this.held = undefined
    this.#tried = true
    if (this.faults.length > 0) return undefined
    this.#pressed = JSON.stringify(purchase.draft)
    this.placing = true
    let agreed = purchase.total
    try {
      if (purchase.quote.problem) purchase.requote()
      const quote = await purchase.quote.settled()
      if (quote && agreed && quote.total.amount > agreed.amount) {
        throw new Problem(409, 'price_changed', t('problem.price_changed'))
      }
      agreed = quote?.total
      // A seat may have been lost while the price was asked for.
      if (quote && this.method && this.faults.length === 0) {
        const { draft, choices, event, shown } = purchase
        const body = bodyOf(draft, choices, event.questions, this.method, quote, shown)
        if (repeats(event.slug, body) || (await this.#clear(event.slug, lettingGo))) {
          return await this.#send(body)
        }
      }
      if (purchase.quote.problem?.code === 'offline') purchase.refuse(purchase.quote.problem)
    } catch (error) {
      await this.#refused(asProblem(error), agreed)
    }
    this.placing = false
    return undefined
  }

  async #send(body: PlaceRequest): Promise<PlacedOrder> {
    const { purchase } = this
    const { slug } = purchase.event
    let placed = await purchase.api.place(slug, attemptKey(slug, body), body)
    if (ended(placed.status)) {
      forgetAttempt(slug)
      placed = await purchase.api.place(slug, attemptKey(slug, body), body)
    }
    keepOrderKey(placed.id, placed.key)
    noteOrder(slug, { id: placed.id, code: placed.code })
    if (!awaitsCard(placed) && retireKey(placed.id)) clearChoices(slug)
    return placed
  }

  /** Cancels the order that waits for its payment, or has the buyer asked. Answers whether no such order is left. */
  async #clear(slug: string, lettingGo: boolean): Promise<boolean> {
    const earlier = notedOrder(slug)
    const key = earlier && orderKey(earlier.id, '')
    if (!key) return true
    const order = await this.purchase.api.order(earlier.id, key)
    if (!payable(order)) return true
    if (!lettingGo) {
      this.held = order
      return false
    }
    await this.purchase.api.cancel(earlier.id, key, null)
    forgetAttempt(slug)
    return true
  }

  async #refused(problem: Problem, agreed: Money | undefined): Promise<void> {
    const { purchase } = this
    this.formerTotal = problem.code === 'price_changed' ? agreed : undefined
    if (problem.code === 'idempotency_conflict' || problem.code === 'seat_taken')
      endAttempt(purchase.event.slug)
    purchase.loseSeats(problem.seats)
    if (STALE.has(problem.code)) await purchase.refresh()
    purchase.refuse(problem)
  }
}
