import type { Fault } from '$lib/api/problem'
import type { PaymentMethod, PlaceRequest, Question, Quote } from '$lib/api/types'
import { emailFault } from '$lib/format/email'
import { preferredLanguage } from '$lib/format/locale'
import { t } from '$lib/i18n/index.svelte'
import type { MessageId } from '$lib/i18n/messages'
import { answerFaults, answersOf, askedAtPurchase } from '$lib/questions/answers'
import { attendeeFaults, linesWithHolders } from './attendees'
import { choiceFaults, type Choice } from './basket'
import { filled, type Draft, type Shown } from './draft'

/** What is missing before the order can be sent, by the same field names that the server uses. */
export function faultsOf(
  draft: Draft,
  choices: readonly Choice[],
  questions: readonly Question[],
  method: PaymentMethod | undefined,
): Fault[] {
  const faults = choiceFaults(choices)
  const require = (field: string, value: string, message: MessageId) => {
    if (!value.trim()) faults.push({ field, message: t(message) })
  }
  if (choices.length === 0) faults.push({ field: 'lines', message: t('checkout.fault.lines') })
  faults.push(...emailFault('buyer.email', draft.email))
  require('buyer.name', draft.name, 'checkout.fault.name')
  if (addressNeeded(choices)) {
    require('buyer.address.street', draft.address.street, 'checkout.fault.street')
    require('buyer.address.postal_code', draft.address.postal_code, 'checkout.fault.postalCode')
    require('buyer.address.city', draft.address.city, 'checkout.fault.city')
    require('buyer.address.country', draft.address.country, 'checkout.fault.country')
  }
  faults.push(...answerFaults(orderQuestions(questions, choices), draft.answers, 'answers'))
  faults.push(...attendeeFaults(choices, questions, draft))
  if (!method) faults.push({ field: 'payment_method', message: t('checkout.fault.method') })
  if (method === 'invoice') require('billing.company', draft.billing.company, 'checkout.fault.company')
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
    lines: linesWithHolders(choices, questions, draft),
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
