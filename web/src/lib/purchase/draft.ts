import type { PaymentMethod, PlaceRequest } from '$lib/api/types'
import type { TypedAnswers } from '$lib/questions/answers'
import { read, write } from '$lib/storage'
import type { Attendee } from './attendees'

/** What the buyer has typed. Kept for the life of the tab, so that reload and back lose nothing. */
export interface Draft {
  quantities: Record<string, number>
  /** What was typed where one pays what one wants, by choice. */
  amounts: Record<string, string>
  /** The seats that were picked on the map, by choice. */
  seats: Record<string, string[]>
  /** Codes that lower prices or open tickets. */
  codes: string[]
  method?: PaymentMethod
  email: string
  name: string
  address: { street: string; postal_code: string; city: string; country: string }
  billing: { company: string; vat_id: string; reference: string }
  /** Answers to what is asked with the order. */
  answers: TypedAnswers
  /** Whether the buyer says now who attends, where nobody asks him to. */
  naming: boolean
  /** Who attends, by choice. */
  attendees: Record<string, Attendee[]>
}

const name = (slug: string) => `admit.draft.${slug}`

export function emptyDraft(): Draft {
  return {
    quantities: {},
    amounts: {},
    seats: {},
    codes: [],
    email: '',
    name: '',
    address: { street: '', postal_code: '', city: '', country: '' },
    billing: { company: '', vat_id: '', reference: '' },
    answers: {},
    naming: false,
    attendees: {},
  }
}

export function loadDraft(slug: string): Draft {
  const empty = emptyDraft()
  const kept = read<Partial<Draft>>('session', name(slug))
  return {
    ...empty,
    ...kept,
    address: { ...empty.address, ...kept?.address },
    billing: { ...empty.billing, ...kept?.billing },
  }
}

export function saveDraft(slug: string, draft: Draft): void {
  write('session', name(slug), draft)
}

/** Keeps who the buyer is and forgets what he chose: the order is placed. */
export function clearChoices(slug: string): void {
  const { email, name, address, billing } = loadDraft(slug)
  saveDraft(slug, { ...emptyDraft(), email, name, address, billing })
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
