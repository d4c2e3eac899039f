import type { Session } from '$lib/session/session.svelte'
import { signedIn } from '$lib/session/signed-in'
import { data } from './answer'
import { createTypedClient } from './client'
import type { BulkAcceptRequest, BulkTransferRequest, HolderDetails } from './types'

export type MyApi = ReturnType<typeof createMyApi>
export type TicketScope = 'upcoming' | 'past' | 'in_transfer' | 'owned'

/** What who is signed in has and may do. Every call answers its data or throws a Problem. */
export function createMyApi(baseUrl: string, session: Session, fetcher: typeof fetch = fetch) {
  const client = createTypedClient(baseUrl, signedIn(session, fetcher))

  return {
    tickets: (scope: TicketScope, cursor?: string) =>
      data(client.GET('/me/tickets', { params: { query: { scope, ...from(cursor) } } })),

    ticket: (ticketId: string) => data(client.GET('/me/tickets/{ticket_id}', { params: of(ticketId) })),

    history: (ticketId: string) =>
      data(client.GET('/me/tickets/{ticket_id}/history', { params: of(ticketId) })),

    assign: (ticketId: string, body: HolderDetails) =>
      data(client.PUT('/me/tickets/{ticket_id}/holder', { params: of(ticketId), body })),

    takeBack: (ticketId: string) =>
      data(client.DELETE('/me/tickets/{ticket_id}/holder', { params: of(ticketId) })),

    /** Offers tickets to an address; each has a result of its own. */
    offer: (body: BulkTransferRequest) => data(client.POST('/me/transfers', { body })),

    withdraw: (ticketId: string) =>
      data(client.DELETE('/me/tickets/{ticket_id}/transfer', { params: of(ticketId) })),

    offers: (cursor?: string) =>
      data(client.GET('/me/transfers', { params: { query: { ...from(cursor) } } })),

    /** Accepts offers; each has a result of its own. */
    accept: (body: BulkAcceptRequest) => data(client.POST('/me/transfers/accept', { body })),

    decline: (code: string) =>
      data(client.POST('/me/transfers/{code}/decline', { params: { path: { code } } })),

    orders: (cursor?: string) => data(client.GET('/me/orders', { params: { query: { ...from(cursor) } } })),

    /** The companies that he acts for. */
    companies: () => data(client.GET('/distribution/companies')),
  }
}

function of(ticketId: string) {
  return { path: { ticket_id: ticketId } }
}

function from(cursor?: string) {
  return cursor ? { cursor } : {}
}
