import type { Fault } from '$lib/api/problem'
import { t } from '$lib/i18n/index.svelte'
import type { Answer, AnswerView, Answers, Question, Tier } from '$lib/api/types'

/** What was typed or chosen as an answer: a number is kept as it was typed. */
export type Typed = string | string[] | boolean
export type TypedAnswers = Record<string, Typed>

/** The questions that are asked with an order, or of who attends, when tickets of these tiers are bought. */
export function askedAtPurchase(
  questions: readonly Question[],
  of: Question['asked_of'],
  tiers: readonly Tier[],
): Question[] {
  const bringsGuests = of === 'order' || tiers.some((tier) => tier.add_on_of === null)
  return questions.filter(
    ({ asked_of, asked_at, tier_ids }) =>
      asked_of === of &&
      asked_at === 'purchase' &&
      (tier_ids.length > 0 ? tiers.some((tier) => tier_ids.includes(tier.id)) : bringsGuests),
  )
}

/** The questions that are to be answered when a ticket is given to a person: those of the purchase and its own. */
export function askedAtAssignment(questions: readonly Question[]): Question[] {
  return questions.filter((question) => question.asked_at !== 'later')
}

/** The questions whose conditions hold, by what is answered before them. */
export function shownOf(questions: readonly Question[], typed: TypedAnswers): Question[] {
  const given = new Map<string, Answer>()
  return questions.filter((question) => {
    if (!holds(question, given)) return false
    const answer = answerTo(question, typed[question.id])
    if (answer !== undefined) given.set(question.id, answer)
    return true
  })
}

function holds({ shown_if }: Question, given: ReadonlyMap<string, Answer>): boolean {
  if (shown_if === null) return true
  const answer = given.get(shown_if.question_id)
  if (answer === undefined) return false
  return [answer].flat().some((one) => shown_if.values.some((value) => value === one))
}

function answerTo({ kind }: Question, typed: Typed | undefined): Answer | undefined {
  if (typeof typed === 'boolean') return typed
  if (typed === undefined || typeof typed === 'object') return typed?.length ? [...typed] : undefined
  const text = typed.trim()
  if (!text) return undefined
  return kind === 'number' && /^-?\d+$/.test(text) ? Number(text) : text
}

/** The answers as they are sent; one that was given `earlier` and is empty now is taken back. */
export function answersOf(
  questions: readonly Question[],
  typed: TypedAnswers,
  earlier: readonly AnswerView[] = [],
): Answers {
  const known = new Set(earlier.map((answer) => answer.question_id))
  const answers: Answers = {}
  for (const question of shownOf(questions, typed)) {
    const answer = answerTo(question, typed[question.id])
    if (answer !== undefined) answers[question.id] = answer
    else if (known.has(question.id)) answers[question.id] = null
  }
  return answers
}

/** What was answered earlier, as it would have been typed. */
export function typedOf(earlier: readonly AnswerView[]): TypedAnswers {
  return Object.fromEntries(
    earlier.map(({ question_id, answer }) => [
      question_id,
      typeof answer === 'number' ? String(answer) : answer,
    ]),
  )
}

/** What is not answered and has to be; the rest is for the server to say, by the same fields. */
export function answerFaults(questions: readonly Question[], typed: TypedAnswers, prefix: string): Fault[] {
  return shownOf(questions, typed).flatMap((question) => {
    const answer = answerTo(question, typed[question.id])
    const lacks = question.consent ? answer !== true : answer === undefined
    if (!question.required || !lacks) return []
    const message = t(question.consent ? 'common.fault.agree' : 'common.fault.answer')
    return [{ field: `${prefix}.${question.id}`, message }]
  })
}
