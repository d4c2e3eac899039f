import { asProblem } from '$lib/api/problem'
import type { Money } from '$lib/api/types'
import { may, type Role } from '../account'
import type { ActionName, Attention, Need, OrderRow, OrdersApi, Said } from './api'

/** What can be done to many orders: nothing of it is about one ticket, amount or refund. */
const ACTS: readonly { name: ActionName; manage?: boolean; needs: readonly Need[] }[] = [
  {
    name: 'approve',
    manage: true,
    needs: [note(), { name: 'other_seats', kind: 'boolean', required: false }],
  },
  { name: 'decline', manage: true, needs: [note()] },
  { name: 'settle', needs: [note()] },
  { name: 'release', needs: [] },
  {
    name: 'resend',
    needs: [{ name: 'kind', kind: 'choice', required: false, choices: ['order', 'tickets'] }],
  },
  { name: 'refund', needs: [note()] },
  { name: 'cancel', manage: true, needs: [{ name: 'refund', kind: 'boolean', required: false }, note()] },
  { name: 'dismiss', needs: [{ name: 'reason', kind: 'choice', required: true }, note()] },
  { name: 'note', needs: [{ name: 'text', kind: 'text', required: true }] },
]

/** As many are tried out before; it takes a moment each. */
export const MOST_TRIED = 20
const AT_ONCE = 4

function note(): Need {
  return { name: 'note', kind: 'text', required: false }
}

/** What who has this role can do to these; where none has a reason to look, there is none to set aside. */
export function actsFor(role: Role, rows: readonly OrderRow[]): ActionName[] {
  return ACTS.filter(
    ({ name, manage }) =>
      (!manage || may(role, 'manage')) &&
      (name !== 'dismiss' || rows.some(({ attention }) => attention.length)),
  ).map(({ name }) => name)
}

/** What an act is told for all of them; a reason to set aside is one that some of them have. */
export function needsOf(name: ActionName, rows: readonly OrderRow[]): Need[] {
  const reasons: Attention[] = [...new Set(rows.flatMap(({ attention }) => attention))]
  const needs = ACTS.find((act) => act.name === name)?.needs ?? []
  return needs.map((need) => (need.name === 'reason' ? { ...need, choices: reasons } : need))
}

/** What an act would do to the first of many orders. */
export interface Trial {
  tried: number
  possible: number
  refunded: Money | undefined
  booked: Money | undefined
  tickets: number
  refusals: { id: string; code: string; why: string }[]
}

/** Tries an act out on the first of them; nothing is done. Throws a Problem when that can't be found out. */
export async function tryOut(
  api: Pick<OrdersApi, 'preview'>,
  name: ActionName,
  rows: readonly OrderRow[],
  body: Said,
): Promise<Trial> {
  const trial: Trial = {
    tried: 0,
    possible: 0,
    refunded: undefined,
    booked: undefined,
    tickets: 0,
    refusals: [],
  }
  const waiting = rows.slice(0, MOST_TRIED)
  const add = (sum: Money | undefined, more: Money) => ({ ...more, amount: (sum?.amount ?? 0) + more.amount })

  async function work(): Promise<void> {
    for (let row = waiting.shift(); row; row = waiting.shift()) {
      trial.tried++
      try {
        const { effects } = await api.preview(row.id, name, body, '')
        trial.possible++
        for (const { kind, amount, tickets } of effects) {
          if (kind === 'money_refunded' && amount) trial.refunded = add(trial.refunded, amount)
          if (kind === 'money_booked' && amount) trial.booked = add(trial.booked, amount)
          if (kind === 'tickets_cancelled') trial.tickets += tickets?.length ?? 0
        }
      } catch (error) {
        const problem = asProblem(error)
        if (problem.status === 0 || problem.status >= 500 || problem.faults.length) throw problem
        trial.refusals.push({ id: row.id, code: row.code, why: problem.message })
      }
    }
  }

  await Promise.all(Array.from({ length: AT_ONCE }, work))
  return trial
}
