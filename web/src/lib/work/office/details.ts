import type { BillTo, Contact } from './api'
import { given } from './form'

/** A contact as it stands in the fields of a form. */
export interface ContactForm {
  name: string
  email: string
  phone: string
}

export function contactForm(contact: Contact | null | undefined): ContactForm {
  return { name: contact?.name ?? '', email: contact?.email ?? '', phone: contact?.phone ?? '' }
}

/** The contact that was entered; none where all fields are empty. */
export function contactOf(form: ContactForm): Contact | null {
  const { name, email, phone } = form
  if (![name, email, phone].some((text) => text.trim())) return null
  return { name: name.trim(), email: email.trim(), phone: given(phone) }
}

/** Who is billed, as it stands in the fields of a form. */
export interface BillForm {
  company: string
  street: string
  postal_code: string
  city: string
  country: string
  vat_id: string
  email: string
  reference: string
}

export function billForm(bill: BillTo | null | undefined): BillForm {
  return {
    company: bill?.company ?? '',
    street: bill?.address?.street ?? '',
    postal_code: bill?.address?.postal_code ?? '',
    city: bill?.address?.city ?? '',
    country: bill?.address?.country ?? '',
    vat_id: bill?.vat_id ?? '',
    email: bill?.email ?? '',
    reference: bill?.reference ?? '',
  }
}

/** Who is billed by what was entered; nobody where all fields are empty, no address where none of it is. */
export function billOf(form: BillForm): BillTo | null {
  if (!Object.values(form).some((text: string) => text.trim())) return null
  const { company, street, postal_code, city, country } = form
  const parts = { street, postal_code, city, country }
  const address = Object.values(parts).some((text) => text.trim())
    ? {
        street: street.trim(),
        postal_code: postal_code.trim(),
        city: city.trim(),
        country: country.trim(),
      }
    : null
  return {
    company: company.trim(),
    address,
    vat_id: given(form.vat_id),
    email: given(form.email),
    reference: given(form.reference),
  }
}
