import type { Api } from '$lib/api/client'
import { keyIn, orderKey } from '$lib/keys'
import { allKept, keep, type KeptTicket } from './kept'

/** The tickets that this device keeps for the event of one of them; there is nothing to turn to beside a single one. */
export async function together(eventId: string): Promise<KeptTicket[]> {
  return (await allKept()).filter(({ page }) => page.event.id === eventId)
}

/** Keeps the other tickets of an order whose page was opened in this browser, so that a group gets in with one phone. */
export async function keepOrderOf(api: Api, ticketId: string): Promise<void> {
  const orderId = ticketId.slice(0, ticketId.lastIndexOf('-'))
  const key = orderKey(orderId, '')
  if (!key) return
  const { tickets } = await api.order(orderId, key)
  for (const { id, status, url } of tickets) {
    const its = url && keyIn(new URL(url).hash)
    if (its && status === 'valid' && id !== ticketId) await keep(await api.ticket(id, its), its)
  }
}
