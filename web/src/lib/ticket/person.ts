import type { AboutMe, Answers, Holder, HolderDetails } from '$lib/api/types'
import { filled } from '$lib/purchase/draft'

/** What a form may ask of a person, by the field names of the API. */
export type SaidField = 'name' | 'email' | 'company' | 'title' | 'phone' | 'language'

/** What was typed in such a form. */
export type Said = Partial<Record<SaidField, string>>

const some = (answers: Answers) => Object.keys(answers).length > 0 && { answers }

/** Who gets a ticket, as it is sent. */
export function holderOf(said: Said, answers: Answers): HolderDetails {
  return { name: '', email: '', ...filled(said as Record<string, string>), ...some(answers) }
}

/** What a holder says of himself: a detail that his ticket names and that is empty now is taken back. */
export function aboutOf(said: Said, answers: Answers, holder: Holder): AboutMe {
  const cleared = (['company', 'title'] as const).filter((field) => holder[field] && !said[field]?.trim())
  return {
    ...filled(said as Record<string, string>),
    ...Object.fromEntries(cleared.map((field) => [field, null])),
    ...some(answers),
  }
}
