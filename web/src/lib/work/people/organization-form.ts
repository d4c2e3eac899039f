import { billForm, billOf, contactForm, contactOf } from '../office/details'
import { several } from '../office/form'
import type { OrganizationSettings } from './api'

export const ROLES = ['sponsor', 'partner', 'exhibitor', 'other'] as const
export const POLICIES = ['on_payment', 'on_issue', 'on_release'] as const

/** A company's part in an event, as it stands in the fields of a form. */
export function organizationForm(of?: OrganizationSettings) {
  return {
    role: (of?.role ?? 'other') as string,
    contact: contactForm(of?.contact),
    billing: billForm(of?.billing),
    invoice_policy: (of?.invoice_policy ?? '') as string,
    invoice_days: String(of?.invoice_days ?? ''),
    claim_domains: (of?.claim_domains ?? []).join('\n'),
    notes: of?.notes ?? '',
  }
}

export type OrganizationForm = ReturnType<typeof organizationForm>

/** Whether what stands there is a number of days, or nothing. */
export function areDays(text: string): boolean {
  return /^\s*\d{0,3}\s*$/.test(text) && Number(text) <= 365
}

/** The part that was entered, as a whole: it takes the place of the one before. */
export function organizationOf(form: OrganizationForm): OrganizationSettings {
  return {
    role: ROLES.find((one) => one === form.role) ?? 'other',
    contact: contactOf(form.contact),
    billing: billOf(form.billing),
    invoice_policy: POLICIES.find((one) => one === form.invoice_policy) ?? null,
    invoice_days: form.invoice_days.trim() ? Number(form.invoice_days) : null,
    claim_domains: several(form.claim_domains),
    notes: form.notes.trim(),
  }
}
