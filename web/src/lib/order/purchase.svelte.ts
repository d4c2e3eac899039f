import { untrack } from 'svelte'
import type { Api } from '$lib/api/client'
import { asProblem, Problem, type Fault } from '$lib/api/problem'
import type { EventPage, PaymentMethod, PlacedOrder } from '$lib/api/types'
import { attemptKey, forgetAttempt, noteOrder, retireKey } from './attempt'
import { carryOver, choicesOf, linesOf, methodsOf, tiersOf } from './basket'
import { bodyOf, clearChoices, faultsOf, loadDraft, saveDraft, type Draft } from './draft'
import { keepOrderKey } from './keys'
import { LiveQuote } from './live-quote.svelte'
import { complete, ended } from './status'

/** Refusals after which the page has to show the event as it is now. */
const STALE = new Set([
  'price_changed',
  'sold_out',
  'not_on_sale',
  'limit_reached',
  'payment_method_not_allowed',
])

/** One buyer's way through the event page: choose, see the price, fill in, place. */
export class Purchase {
  event = $state.raw() as EventPage
  draft = $state() as Draft
  placing = $state(false)
  #tried = $state(false)
  #refusal = $state.raw<{ problem: Problem; draft: string }>()

  readonly quote: LiveQuote
  readonly choices = $derived(choicesOf(this.event, this.draft.quantities))
  /** Whether there is anything to buy here now, or something chosen that can still be let go. */
  readonly open = $derived(
    this.event.status === 'published' &&
      (this.choices.length > 0 || tiersOf(this.event).some((tier) => tier.state === 'on_sale')),
  )
  readonly methods = $derived.by(() =>
    this.choices.length ? methodsOf(this.choices, this.quote.current) : [],
  )
  readonly method = $derived.by((): PaymentMethod | undefined => {
    const { method } = this.draft
    return method && this.methods.includes(method) ? method : this.methods[0]
  })
  readonly problem = $derived(this.#refusal?.problem)
  /** What is wrong with the fields: what the server refused, and from the first try on what is missing. */
  readonly faults = $derived.by((): readonly Fault[] => [
    ...(this.#tried ? faultsOf(this.draft, this.choices, this.method) : []),
    ...(this.problem?.faults ?? []),
  ])
  readonly tickets = $derived(this.choices.reduce((sum, choice) => sum + choice.quantity, 0))

  constructor(
    private readonly api: Pick<Api, 'event' | 'quote' | 'place'>,
    event: EventPage,
    pause?: number,
  ) {
    this.event = event
    const draft = loadDraft(event.slug)
    this.draft = { ...draft, quantities: carryOver(event, draft.quantities) }
    this.quote = new LiveQuote((lines, signal) => api.quote(event.slug, lines, signal), pause)
  }

  /** To run in an effect: keeps the draft, drops what was said of an older one, and asks for the price of this one. */
  follow(): void {
    saveDraft(this.event.slug, $state.snapshot(this.draft))
    if (this.#refusal && this.#refusal.draft !== JSON.stringify(this.draft)) this.#refusal = undefined
    const lines = linesOf(this.choices)
    untrack(() => this.quote.request(lines))
  }

  fault(field: string): string | undefined {
    return this.faults.find((fault) => fault.field === field)?.message
  }

  /** What the server said about one chosen line, in the quote or when the order was placed. */
  lineFault(choiceId: string): string | undefined {
    const index = this.choices.findIndex((choice) => choice.id === choiceId)
    if (index < 0) return undefined
    const faults = [...(this.quote.problem?.faults ?? []), ...this.faults]
    return faults.find(({ field }) => field.startsWith(`lines[${index}]`))?.message
  }

  /** Places the order once, however often it is called. Nothing typed or chosen is lost when it is refused. */
  async place(): Promise<PlacedOrder | undefined> {
    if (this.placing) return undefined
    this.#refusal = undefined
    this.#tried = true
    if (this.faults.length > 0) return undefined
    this.placing = true
    try {
      const quote = await this.quote.settled()
      if (!quote || !this.method) {
        this.placing = false
        return undefined
      }
      return await this.#send(bodyOf(this.draft, this.choices, this.method, quote))
    } catch (error) {
      await this.#refused(asProblem(error))
      this.placing = false
      return undefined
    }
  }

  async #send(body: ReturnType<typeof bodyOf>): Promise<PlacedOrder> {
    const { slug } = this.event
    let placed = await this.api.place(slug, attemptKey(slug, body), body)
    if (ended(placed.status)) {
      forgetAttempt(slug)
      placed = await this.api.place(slug, attemptKey(slug, body), body)
    }
    keepOrderKey(placed.id, placed.key)
    noteOrder(slug, { id: placed.id, code: placed.code })
    if (complete(placed.status) && retireKey(placed.id)) clearChoices(slug)
    return placed
  }

  async #refused(problem: Problem): Promise<void> {
    const { slug } = this.event
    if (problem.code === 'idempotency_conflict') forgetAttempt(slug)
    if (STALE.has(problem.code)) {
      this.event = await this.api.event(slug, 'reload').catch(() => this.event)
      this.draft.quantities = carryOver(this.event, this.draft.quantities)
      this.quote.request(linesOf(this.choices), true)
    }
    this.#refusal = { problem, draft: JSON.stringify(this.draft) }
  }
}
