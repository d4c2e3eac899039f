import { asProblem } from '$lib/api/problem'
import { language, t } from '$lib/i18n/index.svelte'
import type { ActionView, Attention, Need, Order, Said } from './api'

/** How much of an order a refund is about, where an amount and tickets rule each other out. */
export type Part = 'all' | 'amount' | 'tickets'

/** What is being said to an action, and the body that it makes. */
export class ActForm {
  text = $state<Record<string, string>>({})
  flags = $state<Record<string, boolean>>({})
  amount = $state<number | null>(null)
  wrong = $state(false)
  tickets = $state<number[]>([])
  part = $state<Part>('all')

  constructor(
    readonly needs: readonly Need[],
    readonly currency: string,
    /** Whether a reason or a refund is known before, where it is the only one. */
    private readonly subject = true,
  ) {}

  get hasParts(): boolean {
    return this.#has('amount') && this.#has('tickets')
  }

  /** What is asked for: not what may be one thing alone. */
  get asked(): Need[] {
    return this.needs.filter((need) => !this.#isKnown(need) && this.#concerns(need))
  }

  /** What has to be said before anything can be told about it. */
  get complete(): boolean {
    if (this.wrong) return false
    if (!this.hasParts || this.part === 'all') return true
    return this.part === 'amount' ? this.amount !== null : this.tickets.length > 0
  }

  get body(): Said {
    const said = this.needs.flatMap((need): [string, unknown][] => {
      const value = this.#concerns(need) ? this.#value(need) : undefined
      return value === undefined ? [] : [[need.name, value]]
    })
    return Object.fromEntries(said)
  }

  #value(need: Need): unknown {
    const [only] = need.choices ?? []
    if (this.#isKnown(need)) return need.name === 'sequence' ? Number(only) : only
    switch (need.kind) {
      case 'amount':
        return this.amount === null ? undefined : { amount: this.amount, currency: this.currency }
      case 'tickets':
        return this.tickets.length ? [...this.tickets].sort((one, other) => one - other) : undefined
      case 'boolean':
        return this.flags[need.name] || undefined
      default:
        return this.text[need.name]?.trim() || undefined
    }
  }

  #concerns({ kind }: Need): boolean {
    return !this.hasParts || (kind !== 'amount' && kind !== 'tickets') || kind === this.part
  }

  #isKnown(need: Need): boolean {
    return this.subject && isFixed(need)
  }

  #has(kind: Need['kind']): boolean {
    return this.needs.some((need) => need.kind === kind)
  }
}

function isFixed({ kind, required, choices }: Need): boolean {
  return kind === 'choice' && Boolean(required) && choices?.length === 1
}

/** The one thing that an action is about, such as a reason to look or the number of a refund. */
export function subjectOf({ needs }: ActionView): string | undefined {
  return needs.find(isFixed)?.choices?.[0]
}

/** What of an order was paid beyond its price and is not on its way back yet, in minor units. */
export function surplusOf({ paid, owed, refunds }: Pick<Order, 'paid' | 'owed' | 'refunds'>): number {
  const onTheWay = refunds.filter(({ status }) => status === 'requested' || status === 'pending')
  const back = onTheWay.reduce((sum, { amount }) => sum + amount.amount, 0)
  return Math.max(0, paid.amount - owed.amount - back)
}

/** Tells one of several actions of a name from the others. */
export function idOf(action: ActionView): string {
  return [action.name, subjectOf(action)].filter(Boolean).join(':')
}

export function titleOf(action: ActionView): string {
  const subject = subjectOf(action) ?? ''
  if (action.name === 'confirm_refund') return t('orders.act.confirmNumber', { number: subject })
  if (action.name === 'dismiss') {
    return t('orders.act.dismissReason', { reason: t(`orders.attention.${subject as Attention}`) })
  }
  return t(`orders.act.${action.name}`)
}

/** Why an action can't be done. What the server says in English is finer than what its code says. */
export function whyNot({ code, text }: NonNullable<ActionView['reason']>): string {
  if (language() === 'en') return text
  if (code === 'no_effect' || code === 'wrong_state' || code === 'conflict') return t(`orders.whyNot.${code}`)
  return asProblem({ code, detail: text }, 409).message
}
