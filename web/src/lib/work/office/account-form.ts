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

/** What was changed, over what stands there: who sells is sent as a whole, or not at all. */
export function accountPatch({ name, ...seller }: Partial<AccountForm>, there: AccountForm): AccountPatch {
  return {
    ...(name !== undefined && { name: name.trim() }),
    ...(Object.keys(seller).length > 0 && { seller: sellerOf({ ...there, ...seller }) }),
  }
}

/** Who sells; nobody where all of it is empty. A bank account may be typed in groups. */
export function sellerOf(form: AccountForm): Account['seller'] {
  const iban = close(form.iban)
  const bic = close(form.bic)
  if (![form.seller, form.address, form.vat_id, iban, bic].some((text) => text.trim())) return null
  return {
    name: form.seller.trim(),
    address: form.address.trim(),
    vat_id: given(form.vat_id),
    iban: given(iban),
    bic: given(bic),
  }
}

function close(text: string): string {
  return text.replace(/\s/g, '').toUpperCase()
}
