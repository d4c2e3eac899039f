import type { Company, CompanyPatch, TakeBack } from './api'
import { billForm, billOf, contactForm, contactOf } from './details'
import { several } from './form'

const RIGHTS: readonly TakeBack[] = ['off', 'relay', 'relay_and_public']

/** What of a company its organizer may change, as it stands in the fields of a form. An empty switch is as the deployment has it. */
export function companyForm(company: Company) {
  return {
    name: company.name,
    domains: (company.domains ?? []).join('\n'),
    notes: company.notes ?? '',
    contact: contactForm(company.contact),
    billing: billForm(company.billing),
    address_book_enabled: written(company.address_book_enabled),
    distribution_enabled: written(company.distribution_enabled),
    take_back: company.take_back ?? '',
    take_back_downloaded: company.take_back_downloaded ?? '',
  }
}

export type CompanyForm = ReturnType<typeof companyForm>

/** What the fields say that they did not say before; nothing where all is as it was. */
export function companyPatch(form: CompanyForm, before: Company): CompanyPatch {
  const all = whole(form)
  const was = whole(companyForm(before))
  return Object.fromEntries(
    Object.entries(all).filter(
      ([name, value]) => JSON.stringify(value) !== JSON.stringify(was[name as keyof typeof was]),
    ),
  )
}

function whole(form: CompanyForm) {
  return {
    name: form.name.trim(),
    domains: several(form.domains),
    notes: form.notes.trim(),
    contact: contactOf(form.contact),
    billing: billOf(form.billing),
    address_book_enabled: read(form.address_book_enabled),
    distribution_enabled: read(form.distribution_enabled),
    take_back: RIGHTS.find((one) => one === form.take_back) ?? null,
    take_back_downloaded: RIGHTS.find((one) => one === form.take_back_downloaded) ?? null,
  } satisfies CompanyPatch
}

function written(on: boolean | null | undefined): '' | 'on' | 'off' {
  if (on === null || on === undefined) return ''
  return on ? 'on' : 'off'
}

function read(text: string): boolean | null {
  return text === '' ? null : text === 'on'
}
