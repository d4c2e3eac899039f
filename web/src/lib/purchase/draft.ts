import type { Fault } from '$lib/api/problem'
import { preferredLanguage } from '$lib/format/locale'
import type { PaymentMethod, PlaceRequest, Question, Quote } from '$lib/api/types'
import { formatMoney } from '$lib/format/money'
import { answerFaults, answersOf, askedAtPurchase, type TypedAnswers } from '$lib/questions/answers'
import { attendeeFaults, linesWithHolders, type Attendee } from './attendees'
import type { Choice } from './basket'
import { emailFault } from '$lib/format/email'
import { read, write } from '$lib/storage'

/** What the buyer has typed. Kept for the life of the tab, so that reload and back lose nothing. */
export interface Draft {
  quantities: Record<string, number>
  /** What was typed where one pays what one wants, by choice. */
  amounts: Record<string, string>
  /** Codes that lower prices or open tickets. */
  codes: string[]
  method?: PaymentMethod
  email: string
  name: string
  address: { street: string; postal_code: string; city: string; country: string }
  billing: { company: string; vat_id: string; reference: string }
  /** Answers to what is asked with the order. */
  answers: TypedAnswers
  /** Who attends, by choice. */
  attendees: Record<string, Attendee[]>
}

const name = (slug: string) => `admit.draft.${slug}`

export function emptyDraft(): Draft {
  return {
    quantities: {},
    amounts: {},
    codes: [],
    email: '',
    name: '',
    address: { street: '', postal_code: '', city: '', country: '' },
    billing: { company: '', vat_id: '', reference: '' },
    answers: {},
    attendees: {},
  }
}

export function loadDraft(slug: string): Draft {
  const empty = emptyDraft()
  const kept = read<Partial<Draft>>(sessionStorage, name(slug))
  return {
    ...empty,
    ...kept,
    address: { ...empty.address, ...kept?.address },
    billing: { ...empty.billing, ...kept?.billing },
  }
}

export function saveDraft(slug: string, draft: Draft): void {
  write(sessionStorage, name(slug), draft)
}

function emptyChoices(): Partial<Draft> {
  return { quantities: {}, amounts: {}, codes: [], method: undefined, answers: {}, attendees: {} }
}

/** Keeps who the buyer is and forgets what he chose: the order is placed. */
export function clearChoices(slug: string): void {
  saveDraft(slug, { ...loadDraft(slug), ...emptyChoices() })
}

/** What is missing before the order can be sent, by the same field names that the server uses. */
export function faultsOf(
  draft: Draft,
  choices: readonly Choice[],
  questions: readonly Question[],
  method: PaymentMethod | undefined,
): Fault[] {
  const faults: Fault[] = []
  const require = (field: string, value: string, message: string) => {
    if (!value.trim()) faults.push({ field, message })
  }
  if (choices.length === 0) faults.push({ field: 'lines', message: 'Choose at least one ticket.' })
  faults.push(...amountFaults(choices))
  if (!method) faults.push({ field: 'payment_method', message: 'Choose how to pay.' })
  faults.push(...emailFault('buyer.email', draft.email))
  require('buyer.name', draft.name, 'Enter your name.')
  if (addressNeeded(choices)) {
    require('buyer.address.street', draft.address.street, 'Enter street and number.')
    require('buyer.address.postal_code', draft.address.postal_code, 'Enter the postal code.')
    require('buyer.address.city', draft.address.city, 'Enter the town or city.')
    require('buyer.address.country', draft.address.country, 'Choose the country.')
  }
  if (method === 'invoice') {
    require('billing.company', draft.billing.company, 'Enter the company that the invoice is for.')
  }
  const asked = orderQuestions(questions, choices)
  faults.push(...answerFaults(asked, draft.answers, 'answers'))
  faults.push(...attendeeFaults(choices, questions, draft.attendees))
  return faults
}

/** What is asked with an order of these choices. */
export function orderQuestions(questions: readonly Question[], choices: readonly Choice[]): Question[] {
  return askedAtPurchase(
    questions,
    'order',
    choices.map((choice) => choice.tier),
  )
}

/** What is wrong with the amounts that the buyer has typed. */
export function amountFaults(choices: readonly Choice[]): Fault[] {
  return choices.flatMap(({ unit, price }, index) =>
    unit || !price.floor
      ? []
      : [{ field: `lines[${index}].unit`, message: `Enter ${formatMoney(price.floor)} or more.` }],
  )
}

export function addressNeeded(choices: readonly Choice[]): boolean {
  return choices.some((choice) => choice.tier.address_required)
}

/** The body of the order. Equal drafts give equal bodies, character for character. */
export function bodyOf(
  draft: Draft,
  choices: readonly Choice[],
  questions: readonly Question[],
  method: PaymentMethod,
  quote: Quote,
  shown: Shown = {},
): PlaceRequest {
  const { address, billing } = draft
  const answers = answersOf(orderQuestions(questions, choices), draft.answers)
  return {
    lines: linesWithHolders(choices, questions, draft.attendees),
    buyer: {
      email: draft.email.trim(),
      name: draft.name.trim(),
      ...preferredLanguage(),
      ...(addressNeeded(choices) && { address: filled(address) }),
    },
    payment_method: method,
    ...(method === 'invoice' && { billing: filled(billing) }),
    ...(Object.keys(answers).length > 0 && { answers }),
    total: quote.total,
    ...shown,
  }
}

/** What a buyer may show to get more or pay less. */
export type Shown = Pick<PlaceRequest, 'code' | 'passcodes' | 'email_proof'>

export function shownCodes([code, ...passcodes]: readonly string[]): Shown {
  return { ...(code && { code }), ...(passcodes.length > 0 && { passcodes }) }
}

/** Leaves out what was left empty. */
export function filled<T extends Record<string, string>>(fields: T): T {
  const entries = Object.entries(fields).map(([field, value]) => [field, value.trim()])
  return Object.fromEntries(entries.filter(([, value]) => value)) as T
}
