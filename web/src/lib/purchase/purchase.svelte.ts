import { untrack } from 'svelte'
import type { Api } from '$lib/api/client'
import { asProblem, Problem, type Fault } from '$lib/api/problem'
import type { EventPage, PaymentMethod, PlacedOrder, QuoteRequest, Unlocked } from '$lib/api/types'
import { attemptKey, forgetAttempt, noteOrder, retireKey } from './attempt'
import { askedOfAttendees } from './attendees'
import { carryOver, choicesOf, linesOf, methodsOf, tiersOf, withOpened } from './basket'
import {
  amountFaults,
  bodyOf,
  clearChoices,
  faultsOf,
  loadDraft,
  orderQuestions,
  saveDraft,
  shownCodes,
  type Draft,
} from './draft'
import { keepOrderKey } from '$lib/keys'
import { LiveQuote } from './live-quote.svelte'
import { forgetProof, proves, type Proof } from './proof'
import { complete, ended } from '$lib/order/status'

/** Refusals after which the page has to show the event as it is now. */
const STALE = new Set([
  'price_changed',
  'sold_out',
  'not_on_sale',
  'limit_reached',
  'payment_method_not_allowed',
])

/** What a buyer comes with: an address that is proven to be his, and the tiers that his link names. */
export interface Arrival {
  proof?: Proof
  tierIds?: readonly string[]
}

type Opened = Pick<Unlocked, 'tiers' | 'questions'>
const NOTHING: Opened = { tiers: [], questions: [] }

/** One buyer's way through the event page: choose, see the price, fill in, place. */
export class Purchase {
  /** The page as everybody sees it. */
  page = $state.raw() as EventPage
  #opened = $state.raw<Opened>(NOTHING)
  /** The page as this buyer sees it: with what his codes, his link and his address open. */
  readonly event = $derived(withOpened(this.page, this.#opened.tiers, this.#opened.questions))
  proof = $state.raw<Proof>()
  draft = $state() as Draft
  placing = $state(false)
  #tried = $state(false)
  #refusal = $state.raw<{ problem: Problem; draft: string }>()

  readonly quote: LiveQuote
  readonly choices = $derived(choicesOf(this.event, this.draft.quantities, this.draft.amounts))
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
    ...(this.#tried ? faultsOf(this.draft, this.choices, this.event.questions, this.method) : []),
    ...(this.problem?.faults ?? []),
  ])
  readonly #asking = $derived.by((): QuoteRequest => {
    const proven = this.proof && proves(this.proof, this.draft.email) ? this.proof : undefined
    return {
      lines: amountFaults(this.choices).length ? [] : linesOf(this.choices),
      ...shownCodes(this.draft.codes),
      ...(proven && { email: proven.email, email_proof: proven.proof }),
    }
  })
  /** What is asked with the order, and whether something is asked of who attends. */
  readonly questions = $derived(orderQuestions(this.event.questions, this.choices))
  readonly asks = $derived(
    this.questions.length > 0 ||
      this.choices.some((choice) => askedOfAttendees(this.event.questions, choice).length > 0),
  )
  readonly tickets = $derived(this.choices.reduce((sum, choice) => sum + choice.quantity, 0))

  constructor(
    private readonly api: Pick<Api, 'event' | 'quote' | 'place' | 'unlock'>,
    page: EventPage,
    private readonly arrival: Arrival = {},
    pause?: number,
  ) {
    this.page = page
    this.proof = arrival.proof
    const draft = loadDraft(page.slug)
    this.draft = { ...draft, email: draft.email || (arrival.proof?.email ?? '') }
    if (!this.#hasKeys) this.#carryOver()
    this.quote = new LiveQuote((asking, signal) => api.quote(page.slug, asking, signal), pause)
  }

  /** Whether the buyer has anything that may open more than the page shows. */
  get #hasKeys(): boolean {
    return this.draft.codes.length > 0 || this.proof !== undefined || !!this.arrival.tierIds?.length
  }

  #carryOver(): void {
    this.draft.quantities = carryOver(this.event, this.draft.quantities)
  }

  /** Shows what the buyer's codes, link and address open. What is chosen and not open any more is let go. */
  async unlock(): Promise<void> {
    if (!this.#hasKeys) return
    await this.#open(this.draft.codes).catch((error: unknown) => this.#unproven(asProblem(error)))
    this.#carryOver()
  }

  /** Tries a code; answers why it is not taken, or nothing. */
  async addCode(code: string): Promise<Problem | undefined> {
    const { codes } = this.draft
    if (codes.some((kept) => kept.toLowerCase() === code.toLowerCase())) return undefined
    try {
      const { tiers, discount } = await this.api.unlock(this.page.slug, shownCodes([code]))
      if (tiers.length === 0 && discount === null) {
        return new Problem(0, 'unknown_code', 'This code is not valid now.')
      }
      await this.#open([...codes, code])
      codes.push(code)
      return undefined
    } catch (error) {
      return asProblem(error)
    }
  }

  async removeCode(code: string): Promise<void> {
    this.draft.codes = this.draft.codes.filter((kept) => kept !== code)
    this.#opened = NOTHING
    await this.unlock()
    this.#carryOver()
  }

  async #open(codes: readonly string[]): Promise<void> {
    this.#opened = await this.api.unlock(this.page.slug, {
      ...shownCodes(codes),
      ...(this.arrival.tierIds && { tier_ids: [...this.arrival.tierIds] }),
      ...(this.proof && { email: this.proof.email, email_proof: this.proof.proof }),
    })
  }

  /** A proof that holds no longer is forgotten, so that it is in the way of nothing. */
  #unproven(problem: Problem): void {
    if (problem.code !== 'email_unverified' || !this.proof) return
    forgetProof(this.page.slug)
    this.proof = undefined
  }

  /** To run in an effect: keeps the draft, drops what was said of an older one, and asks for the price of this one. */
  follow(): void {
    saveDraft(this.event.slug, $state.snapshot(this.draft))
    if (this.#refusal && this.#refusal.draft !== JSON.stringify(this.draft)) this.#refusal = undefined
    const asking = this.#asking
    untrack(() => this.quote.request(asking))
  }

  fault(field: string): string | undefined {
    return this.faults.find((fault) => fault.field === field)?.message
  }

  /** What the server said about one chosen line, in the quote or when the order was placed. */
  lineFault(choiceId: string): string | undefined {
    const index = this.choices.findIndex((choice) => choice.id === choiceId)
    if (index < 0) return undefined
    const faults = [...amountFaults(this.choices), ...(this.quote.problem?.faults ?? []), ...this.faults]
    const line = `lines[${index}]`
    const ofLine = ({ field }: Fault) => field.startsWith(line) && !field.startsWith(`${line}.holders`)
    return faults.find(ofLine)?.message
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
      const { email_proof } = this.#asking
      const shown = { ...shownCodes(this.draft.codes), ...(email_proof && { email_proof }) }
      return await this.#send(
        bodyOf(this.draft, this.choices, this.event.questions, this.method, quote, shown),
      )
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
      this.page = await this.api.event(slug, 'reload').catch(() => this.page)
      await this.unlock()
      this.#carryOver()
      this.quote.request(this.#asking, true)
    }
    this.#refusal = { problem, draft: JSON.stringify(this.draft) }
  }
}
