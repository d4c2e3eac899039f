import { untrack } from 'svelte'
import type { Api } from '$lib/api/client'
import { asProblem, Problem, type Fault } from '$lib/api/problem'
import type { EventPage, QuoteRequest, Unlocked } from '$lib/api/types'
import { t } from '$lib/i18n/index.svelte'
import { attemptedSeats } from './attempt'
import { carryOver, choiceFaults, choicesOf, linesOf, subtotalOf, tiersOf, withOpened } from './basket'
import { loadDraft, saveDraft, shownCodes, type Draft, type Shown } from './draft'
import { LiveQuote } from './live-quote.svelte'
import { forgetProof, proves, type Proof } from './proof'

/** What a buyer comes with: an address that is proven to be his, and the tiers that his link names. */
export interface Arrival {
  proof?: Proof
  tierIds?: readonly string[]
}

type Opened = Pick<Unlocked, 'tiers' | 'questions'>
const NOTHING: Opened = { tiers: [], questions: [] }

/** What one buyer chooses on the event page, and what it costs him. */
export class Purchase {
  /** The page as everybody sees it. */
  page = $state.raw() as EventPage
  #opened = $state.raw<Opened>(NOTHING)
  /** The page as this buyer sees it: with what his codes, his link and his address open. */
  readonly event = $derived(withOpened(this.page, this.#opened.tiers, this.#opened.questions))
  proof = $state.raw<Proof>()
  draft = $state() as Draft
  #lostSeats = $state.raw<readonly string[]>([])
  #refusal = $state.raw<{ problem: Problem; draft: string }>()

  readonly quote: LiveQuote
  readonly choices = $derived(
    choicesOf(this.event, this.draft.quantities, this.draft.amounts, this.draft.seats),
  )
  /** Seats that he had picked and somebody else has now, until he picks again or takes fewer tickets. */
  readonly lostSeats = $derived(
    this.choices.some(({ seats, quantity }) => seats && seats.length < quantity) ? this.#lostSeats : [],
  )
  readonly tickets = $derived(this.choices.reduce((sum, choice) => sum + choice.quantity, 0))
  /** The total as it is shown: by the quote of what is chosen, or an estimate until there is one. */
  readonly total = $derived.by(
    () => (this.quote.outdated ? undefined : this.quote.current?.total) ?? subtotalOf(this.choices),
  )
  /** Whether there is anything to buy here now, or something chosen that can still be let go. */
  readonly open = $derived(
    this.event.status === 'published' &&
      (this.choices.length > 0 || tiersOf(this.event).some((tier) => tier.state === 'on_sale')),
  )
  /** Why the order was refused, until what it is made of changes. */
  readonly refusal = $derived(this.#refusal?.problem)
  /** What is sent beside the lines to get more or pay less. */
  readonly shown = $derived.by((): Shown => {
    const proven = this.proof && proves(this.proof, this.draft.email) ? this.proof : undefined
    return { ...shownCodes(this.draft.codes), ...(proven && { email_proof: proven.proof }) }
  })
  readonly #asking = $derived.by((): QuoteRequest => {
    const typed = choiceFaults(this.choices).some(({ field }) => field.endsWith('.unit'))
    return {
      lines: typed ? [] : linesOf(this.choices),
      ...this.shown,
      ...(this.shown.email_proof && { email: this.draft.email.trim() }),
    }
  })

  constructor(
    readonly api: Pick<Api, 'event' | 'quote' | 'unlock' | 'place' | 'order' | 'cancel'>,
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
    const { quantities, seats, attendees } = this.draft
    const ordered = Object.entries(attendees).map(([id, people]) => [
      id,
      people.slice(0, quantities[id] ?? 0),
    ])
    const join = <T>(one: T[], other: T[]): T[] => [...one, ...other]
    this.draft.quantities = carryOver(this.event, quantities, (one, other) => one + other)
    this.draft.seats = carryOver(this.event, seats, join)
    this.draft.attendees = carryOver(this.event, Object.fromEntries(ordered) as Draft['attendees'], join)
  }

  /** Takes these seats for a choice, one a ticket; none lets the choice go. */
  chooseSeats(choiceId: string, seats: readonly string[]): void {
    this.draft.quantities[choiceId] = seats.length
    const others = Object.entries(this.draft.seats).filter(([id]) => id !== choiceId)
    this.draft.seats = Object.fromEntries(seats.length > 0 ? [...others, [choiceId, [...seats]]] : others)
    this.#lostSeats = []
  }

  /**
   * Lets go of seats that somebody else has now. Their tickets stay chosen, for the buyer to pick other seats.
   * Seats of an order under way may be held for himself: of them the server decides when it is placed.
   */
  loseSeats(taken: readonly string[]): void {
    const attempted = attemptedSeats(this.page.slug)
    const mine = this.choices.flatMap(({ seats }) => seats ?? [])
    const lost = mine.filter((seat) => taken.includes(seat) && !attempted.includes(seat))
    if (lost.length === 0) return
    this.#lostSeats = [...this.lostSeats, ...lost]
    for (const [id, seats] of Object.entries(this.draft.seats)) {
      this.draft.seats[id] = seats.filter((seat) => !lost.includes(seat))
    }
  }

  /**
   * Shows what the buyer's codes, link and address open. What is chosen and not open any more is let go, but not
   * because the server could not be asked. A proof that holds no longer is forgotten, and is in the way of nothing.
   */
  async unlock(): Promise<void> {
    try {
      if (this.#hasKeys) await this.#open(this.draft.codes)
    } catch (error) {
      if (asProblem(error).code !== 'email_unverified' || !this.proof) return
      forgetProof(this.page.slug)
      this.proof = undefined
      return this.unlock()
    }
    this.#carryOver()
  }

  /** Tries a code; answers why it is not taken, or nothing. */
  async addCode(code: string): Promise<Problem | undefined> {
    const { codes } = this.draft
    if (codes.some((kept) => kept.toLowerCase() === code.toLowerCase())) return undefined
    try {
      const { tiers, discount } = await this.api.unlock(this.page.slug, shownCodes([code]))
      if (tiers.length === 0 && discount === null) {
        return new Problem(0, 'unknown_code', t('problem.unknown_code'))
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
  }

  async #open(codes: readonly string[]): Promise<void> {
    this.#opened = await this.api.unlock(this.page.slug, {
      ...shownCodes(codes),
      ...(this.arrival.tierIds && { tier_ids: [...this.arrival.tierIds] }),
      ...(this.proof && { email: this.proof.email, email_proof: this.proof.proof }),
    })
  }

  /** To run in an effect: keeps the draft, drops what was said of an older one, and asks for the price of this one. */
  follow(): void {
    saveDraft(this.event.slug, $state.snapshot(this.draft))
    if (this.#refusal && this.#refusal.draft !== JSON.stringify(this.draft)) this.#refusal = undefined
    const asking = this.#asking
    untrack(() => this.quote.request(asking))
  }

  /** Shows the event and the price as they are now, with all that was chosen. */
  async refresh(): Promise<void> {
    this.page = await this.api.event(this.page.slug, 'reload').catch(() => this.page)
    await this.unlock()
    this.requote()
  }

  /** Asks again for the price of what is chosen. */
  requote(): void {
    this.quote.request(this.#asking, true)
  }

  /** Keeps why the order was refused, until the draft changes. */
  refuse(problem: Problem | undefined): void {
    this.#refusal = problem && { problem, draft: JSON.stringify(this.draft) }
  }

  /** What is wrong with one chosen line: at first sight, by the quote, or when the order was placed. */
  lineFault(choiceId: string): string | undefined {
    const index = this.choices.findIndex((choice) => choice.id === choiceId)
    if (index < 0) return undefined
    const line = `lines[${index}]`
    const faults = [this.quote.problem, this.refusal].flatMap((problem) => problem?.faults ?? [])
    const ofLine = ({ field }: Fault) => field.startsWith(line) && !field.startsWith(`${line}.holders`)
    return [...choiceFaults(this.choices), ...faults].find(ofLine)?.message
  }
}
