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

/** What of it was changed, as the API takes it. */
export function companyPatch(changes: Partial<CompanyForm>): CompanyPatch {
  return Object.fromEntries(
    Object.entries(changes).map(([field, value]) => [
      field,
      READ[field as keyof CompanyForm](value as never),
    ]),
  )
}

const READ = {
  name: (text: string) => text.trim(),
  domains: several,
  notes: (text: string) => text.trim(),
  contact: contactOf,
  billing: billOf,
  address_book_enabled: switchOf,
  distribution_enabled: switchOf,
  take_back: rightOf,
  take_back_downloaded: rightOf,
} satisfies { [F in keyof CompanyForm]: (typed: CompanyForm[F]) => CompanyPatch[F] }

function written(on: boolean | null | undefined): '' | 'on' | 'off' {
  if (on === null || on === undefined) return ''
  return on ? 'on' : 'off'
}

function switchOf(text: string): boolean | null {
  return text === '' ? null : text === 'on'
}

function rightOf(text: string): TakeBack | null {
  return RIGHTS.find((one) => one === text) ?? null
}
