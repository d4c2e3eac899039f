import type { Fault } from '$lib/api/problem'
import type { HolderDetails, LineRequest, Question } from '$lib/api/types'
import { answerFaults, answersOf, askedAtPurchase, type TypedAnswers } from '$lib/questions/answers'
import { linesOf, type Choice } from './basket'
import { emailFault } from '$lib/format/email'
import { t } from '$lib/i18n/index.svelte'

/** Who attends with one ticket, as it is typed while it is bought. */
export interface Attendee {
  name: string
  email: string
  answers: TypedAnswers
}

/** Who attends, by choice, one entry a ticket; entries beyond the quantity are left over from a larger one. */
export type Attendees = Readonly<Record<string, readonly Attendee[]>>

export function nobody(): Attendee {
  return { name: '', email: '', answers: {} }
}

/** What is asked of who attends with the tickets of a choice when they are bought. */
export function askedOfAttendees(questions: readonly Question[], { tier }: Choice): Question[] {
  return askedAtPurchase(questions, 'attendee', [tier])
}

/** Whether everybody has to be named now, because something has to be answered. */
export function namesNeeded(asked: readonly Question[]): boolean {
  return answerFaults(asked, {}, '').length > 0
}

function upTo(quantity: number, attendees: readonly Attendee[] = []): Attendee[] {
  return Array.from({ length: quantity }, (_, at) => attendees[at] ?? nobody())
}

function named({ name, email, answers }: Attendee): boolean {
  const answered = Object.values(answers).some((typed) => (typeof typed === 'object' ? typed.length : typed))
  return name.trim() !== '' || email.trim() !== '' || answered
}

/** What decides who is named when tickets are bought: whether the buyer wants to, and whom he has named. */
interface Naming {
  naming: boolean
  attendees: Attendees
}

/** Whether it is said now who attends with the tickets of a choice: it is asked, or the buyer wants to. */
export function namedNow(questions: readonly Question[], choice: Choice, naming: boolean): boolean {
  return askedOfAttendees(questions, choice).length > 0 || (naming && choice.tier.add_on_of === null)
}

/** The lines of an order with who attends, as far as that is said now. */
export function linesWithHolders(
  choices: readonly Choice[],
  questions: readonly Question[],
  { naming, attendees }: Naming,
): LineRequest[] {
  return linesOf(choices).map((line, index) => {
    const choice = choices[index] as Choice
    if (!namedNow(questions, choice, naming)) return line
    const asked = askedOfAttendees(questions, choice)
    return { ...line, ...holdersOf(attendees[choice.id], choice.quantity, asked) }
  })
}

/** Who attends with so many tickets, where somebody is named. */
export function holdersOf(
  attendees: readonly Attendee[] | undefined,
  quantity: number,
  asked: readonly Question[],
): { holders?: (HolderDetails | null)[] } {
  const holders = upTo(quantity, attendees).map((attendee) => holderOf(attendee, asked))
  return holders.some(Boolean) ? { holders } : {}
}

function holderOf(attendee: Attendee, asked: readonly Question[]): HolderDetails | null {
  if (!named(attendee)) return null
  const answers = answersOf(asked, attendee.answers)
  return { name: attendee.name.trim(), email: attendee.email.trim(), answers }
}

/** What is missing of who attends, by the field names of the order. */
export function attendeeFaults(
  choices: readonly Choice[],
  questions: readonly Question[],
  { naming, attendees }: Naming,
): Fault[] {
  return choices.flatMap((choice, index) => {
    if (!namedNow(questions, choice, naming)) return []
    const asked = askedOfAttendees(questions, choice)
    const needed = namesNeeded(asked)
    return upTo(choice.quantity, attendees[choice.id]).flatMap((attendee, at) => {
      if (!needed && !named(attendee)) return []
      const field = `lines[${index}].holders[${at}]`
      return [
        ...(attendee.name.trim() ? [] : [{ field: `${field}.name`, message: t('common.fault.name') }]),
        ...emailFault(`${field}.email`, attendee.email),
        ...answerFaults(asked, attendee.answers, `${field}.answers`),
      ]
    })
  })
}
