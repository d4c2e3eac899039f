import type { Api } from '$lib/api/client'
import { asProblem, Problem } from '$lib/api/problem'
import type { Answers, HolderDetails, Money, Order } from '$lib/api/types'
import { t } from '$lib/i18n/index.svelte'
import { retireKey } from '$lib/purchase/attempt'
import { clearChoices } from '$lib/purchase/draft'
import { poll, type Poll } from './poll'
import { awaitsCard, ended, resting } from './status'

/** Answers to a wrong key or address, which do not get better by asking again. */
const NOT_OURS = new Set([401, 403, 404])

/** An order as its page shows it: read again and again until it rests, and acted on. */
export class OrderWatch {
  order = $state.raw<Order>()
  problem = $state.raw<Problem>()
  watching = $state(false)
  /** Whether the server has looked at the payment page since the buyer came back from it. */
  confirmed = $state(false)

  #back = false
  #poll: Poll | undefined
  #asked = 0
  #answered = 0

  constructor(
    private readonly api: Api,
    private readonly orderId: string,
    private readonly key: string,
  ) {}

  /** Begins to look; `back` says that the buyer comes from the payment page, perhaps before its news. */
  start(back = false): () => void {
    this.#back = back
    this.watching = true
    this.#poll = poll(
      () => this.#look(),
      () => (this.watching = false),
    )
    return () => this.#poll?.stop()
  }

  /** Looks again now, with short pauses. */
  refresh(): void {
    this.watching = true
    this.#poll?.now()
  }

  /** Answers the address where the order is paid. */
  async payAddress(): Promise<string> {
    const { checkout_url } = await this.api.checkout(this.orderId, this.key)
    if (!checkout_url) throw new Problem(0, 'not_payable', t('order.notPayable'))
    return checkout_url
  }

  async cancel(expected: Money | null): Promise<void> {
    await this.api.cancel(this.orderId, this.key, expected)
    await this.#look()
  }

  async assign(number: number, holder: HolderDetails): Promise<void> {
    await this.api.assign(this.orderId, this.key, number, holder)
    await this.#lookUntilDrawn()
  }

  async takeBack(number: number): Promise<void> {
    await this.api.takeBack(this.orderId, this.key, number)
    await this.#lookUntilDrawn()
  }

  /** Answers what the order is asked later. */
  async answer(answers: Answers): Promise<void> {
    const order = await this.api.answer(this.orderId, this.key, answers)
    if (this.#isNews(++this.#asked)) this.order = order
  }

  /** Shows the change at once, and goes on looking until the new pictures are there. */
  async #lookUntilDrawn(): Promise<void> {
    if (!(await this.#look())) this.refresh()
  }

  /** Reads the order, at first after the payment page if the buyer is back from it. */
  async #read(): Promise<Order> {
    if (this.#back) {
      try {
        const order = await this.api.confirm(this.orderId, this.key)
        this.#back = false
        this.confirmed = true
        return order
      } catch {
        // The page is looked at again next time; till then the order is shown as it is known.
      }
    }
    return this.api.order(this.orderId, this.key)
  }

  async #look(): Promise<boolean> {
    const turn = ++this.#asked
    try {
      const order = await this.#read()
      if (!this.#isNews(turn)) return false
      this.order = order
      this.problem = undefined
    } catch (error) {
      if (!this.#isNews(turn)) return false
      this.problem = asProblem(error)
      return NOT_OURS.has(this.problem.status)
    }
    const { status, tickets } = this.order
    const retired = awaitsCard(this.order) ? undefined : retireKey(this.orderId)
    if (retired && !ended(status)) clearChoices(retired)
    return resting(status) && tickets.every((ticket) => ticket.images === 'drawn')
  }
  /** Whether no answer to a later question has come before this one. */
  #isNews(turn: number): boolean {
    if (turn < this.#answered) return false
    this.#answered = turn
    return true
  }
}
