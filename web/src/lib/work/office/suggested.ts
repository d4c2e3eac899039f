import type { Money } from '$lib/api/types'
import type { EventView, OfficeApi } from './api'

/** An order that a line of a bank statement may be for. */
export interface Found {
  id: string
  code: string
  name: string
  total: Money
  invoice_number: string | null
}

// As many events as are asked for one order: the newest ones.
const MOST_EVENTS = 12

/** The orders that a line names. Of which event each is nobody says, so the events are asked until one has it. */
export async function suggested(
  api: Pick<OfficeApi, 'order'>,
  ids: readonly string[],
  events: readonly Pick<EventView, 'id'>[],
): Promise<Found[]> {
  const all = await Promise.all(ids.map((id) => found(api, id, events.slice(0, MOST_EVENTS))))
  return all.filter((order) => order !== undefined)
}

async function found(
  api: Pick<OfficeApi, 'order'>,
  id: string,
  events: readonly Pick<EventView, 'id'>[],
): Promise<Found | undefined> {
  try {
    const order = await Promise.any(events.map((event) => api.order(event.id, id)))
    const name = order.billing?.company ?? order.organization?.name ?? order.buyer.name
    return { id, code: order.code, name, total: order.total, invoice_number: order.invoice_number }
  } catch {
    return undefined
  }
}
