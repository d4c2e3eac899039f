import type { Order } from '$lib/api/types'
import { loadDraft, saveDraft } from '$lib/purchase/draft'

/** Lets the event's page begin with what an order had, unless something else is chosen there by now. */
export function chooseAgain({ event, buyer, lines }: Order): void {
  const draft = loadDraft(event.slug)
  if (Object.values(draft.quantities).some((quantity) => quantity > 0)) return
  const quantities = Object.fromEntries(
    lines.map(({ tier_id, price_id, quantity }) => [`${tier_id}/${price_id}`, quantity]),
  )
  saveDraft(event.slug, {
    ...draft,
    email: draft.email || buyer.email,
    name: draft.name || buyer.name,
    quantities,
  })
}
