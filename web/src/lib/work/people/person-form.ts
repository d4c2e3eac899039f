import { given } from '../office/form'
import type { Person, PersonPatch, PersonSettings } from './api'

export const ROLES = ['attendee', 'speaker', 'staff', 'exhibitor', 'sponsor', 'press', 'vip'] as const

/** A person as he stands in the fields of a form. */
export function personForm(person?: Omit<Person, 'held'>) {
  return {
    name: person?.name ?? '',
    email: person?.email ?? '',
    company: person?.company ?? '',
    title: person?.title ?? '',
    phone: person?.phone ?? '',
    language: person?.language ?? '',
    role: (person?.role ?? 'attendee') as string,
    note: person?.note ?? '',
  }
}

export type PersonForm = ReturnType<typeof personForm>

/** The person that was entered. */
export function personOf(form: PersonForm): Omit<PersonSettings, 'answers'> {
  return {
    name: form.name.trim(),
    email: form.email.trim(),
    company: given(form.company),
    title: given(form.title),
    phone: given(form.phone),
    language: given(form.language),
    role: ROLES.find((one) => one === form.role) ?? 'attendee',
    note: form.note.trim(),
  }
}

/** What was changed of a person, as the API takes it. */
export function personPatch(changes: Partial<PersonForm>): PersonPatch {
  const said = personOf({ ...personForm(), ...changes })
  return Object.fromEntries(Object.entries(said).filter(([field]) => field in changes))
}
