import type { Account, AccountPatch } from './api'
import { given } from './form'

/** An account as it stands in the fields of a form. */
export function accountForm({ name, seller }: Account) {
  return {
    name,
    seller: seller?.name ?? '',
    address: seller?.address ?? '',
    vat_id: seller?.vat_id ?? '',
    iban: seller?.iban ?? '',
    bic: seller?.bic ?? '',
  }
}

export type AccountForm = ReturnType<typeof accountForm>

/** What is to be changed; nobody sells where all of it is empty. A bank account may be typed in groups. */
export function accountPatch(form: AccountForm): AccountPatch {
  const iban = close(form.iban)
  const bic = close(form.bic)
  const said = [form.seller, form.address, form.vat_id, iban, bic].some((text) => text.trim())
  return {
    name: form.name.trim(),
    seller: said
      ? {
          name: form.seller.trim(),
          address: form.address.trim(),
          vat_id: given(form.vat_id),
          iban: given(iban),
          bic: given(bic),
        }
      : null,
  }
}

function close(text: string): string {
  return text.replace(/\s/g, '').toUpperCase()
}
