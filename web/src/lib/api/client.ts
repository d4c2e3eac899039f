import createClient from 'openapi-fetch'
import { locale } from '$lib/i18n/index.svelte'
import { data, patient } from './answer'
import { readEventPage } from './event-page'
import type {
  AboutMe,
  AcceptRequest,
  AcceptTransferRequest,
  Answers,
  AssignmentsRequest,
  BestSeatsRequest,
  ClaimLinkRequest,
  HolderDetails,
  Money,
  PlaceRequest,
  QuoteRequest,
  UnlockRequest,
  WaitRequest,
} from './types'
import type { paths } from './schema'

export type Api = ReturnType<typeof createApi>

/** A client of all routes, which has patience and says in which language it wants its answers. */
export function createTypedClient(baseUrl: string, fetcher: typeof fetch) {
  const client = createClient<paths>({ baseUrl, fetch: (request) => patient(request, fetcher) })
  client.use({
    onRequest: ({ request }) => request.headers.set('accept-language', locale()),
  })
  return client
}

/** The public API with typed calls. Every call answers its data or throws a Problem. */
export function createApi(baseUrl: string, fetcher: typeof fetch = fetch) {
  const client = createTypedClient(baseUrl, fetcher)

  return {
    event: (slug: string, cache?: RequestCache) => readEventPage(baseUrl, slug, cache, fetcher),

    quote: (slug: string, body: QuoteRequest, signal: AbortSignal) =>
      data(client.POST('/public/events/{slug}/quote', { params: { path: { slug } }, body, signal })),

    seats: (slug: string, section?: string) =>
      data(
        client.GET('/public/events/{slug}/seats', {
          params: { path: { slug }, ...(section && { query: { section } }) },
        }),
      ),

    /** All states, or those of the rows that have changed since a version. */
    seatStates: (slug: string, since: string | null, signal?: AbortSignal) =>
      data(
        client.GET('/public/events/{slug}/seats/state', {
          params: { path: { slug }, ...(since && { query: { since } }) },
          signal,
        }),
      ),

    bestSeats: (slug: string, body: BestSeatsRequest) =>
      data(client.POST('/public/events/{slug}/seats/best', { params: { path: { slug } }, body })),

    unlock: (slug: string, body: UnlockRequest) =>
      data(client.POST('/public/events/{slug}/unlock', { params: { path: { slug } }, body })),

    verifyEmail: (slug: string, email: string) =>
      data(
        client.POST('/public/events/{slug}/verify-email', { params: { path: { slug } }, body: { email } }),
      ),

    wait: (slug: string, idempotencyKey: string, body: WaitRequest) =>
      data(
        client.POST('/public/events/{slug}/waiting-list', {
          params: { path: { slug }, header: { 'idempotency-key': idempotencyKey } },
          body,
        }),
      ),

    waiting: (slug: string, entryId: string, key: string) =>
      data(
        client.GET('/public/events/{slug}/waiting-list/{entry_id}', { params: waiting(slug, entryId, key) }),
      ),

    accept: (slug: string, entryId: string, key: string, body: AcceptRequest) =>
      data(
        client.POST('/public/events/{slug}/waiting-list/{entry_id}/accept', {
          params: waiting(slug, entryId, key),
          body,
        }),
      ),

    refuse: (slug: string, entryId: string, key: string) =>
      data(
        client.POST('/public/events/{slug}/waiting-list/{entry_id}/refuse', {
          params: waiting(slug, entryId, key),
        }),
      ),

    place: (slug: string, idempotencyKey: string, body: PlaceRequest) =>
      data(
        client.POST('/public/events/{slug}/orders', {
          params: { path: { slug }, header: { 'idempotency-key': idempotencyKey } },
          body,
        }),
      ),

    order: (orderId: string, key: string) =>
      data(client.GET('/public/orders/{order_id}', { params: order(orderId, key) })),

    checkout: (orderId: string, key: string) =>
      data(client.POST('/public/orders/{order_id}/checkout', { params: order(orderId, key) })),

    /** Reads an order once the server has looked whether its payment page was paid. */
    confirm: (orderId: string, key: string) =>
      data(client.POST('/public/orders/{order_id}/confirm', { params: order(orderId, key) })),

    /** `expected` is what the buyer was shown that comes back; when that has changed, nothing is cancelled. */
    cancel: (orderId: string, key: string, expected: Money | null) =>
      data(
        client.POST('/public/orders/{order_id}/cancel', {
          params: order(orderId, key),
          body: { expected },
        }),
      ),

    assign: (orderId: string, key: string, number: number, holder: HolderDetails) =>
      data(
        client.PUT('/public/orders/{order_id}/tickets/{number}/holder', {
          params: ticketOf(orderId, key, number),
          body: holder,
        }),
      ),

    takeBack: (orderId: string, key: string, number: number) =>
      data(
        client.DELETE('/public/orders/{order_id}/tickets/{number}/holder', {
          params: ticketOf(orderId, key, number),
        }),
      ),

    answer: (orderId: string, key: string, answers: Answers) =>
      data(
        client.PUT('/public/orders/{order_id}/answers', { params: order(orderId, key), body: { answers } }),
      ),

    claimLinks: (orderId: string, key: string) =>
      data(client.GET('/public/orders/{order_id}/claim-links', { params: order(orderId, key) })),

    makeClaimLink: (orderId: string, key: string, idempotencyKey: string, body: ClaimLinkRequest) =>
      data(
        client.POST('/public/orders/{order_id}/claim-links', {
          params: once(order(orderId, key), idempotencyKey),
          body,
        }),
      ),

    endClaimLink: (orderId: string, key: string, linkId: string) =>
      data(
        client.DELETE('/public/orders/{order_id}/claim-links/{link_id}', {
          params: { ...order(orderId, key), path: { order_id: orderId, link_id: linkId } },
        }),
      ),

    /** The order's tickets as CSV, to be filled in and sent to `assignBySheet`: byte by byte, since it begins with a mark of its encoding. */
    sheet: (orderId: string, key: string) =>
      data(
        client.GET('/public/orders/{order_id}/assignments.csv', {
          params: order(orderId, key),
          parseAs: 'blob',
        }),
      ),

    assignBySheet: (orderId: string, key: string, idempotencyKey: string, body: AssignmentsRequest) =>
      data(
        client.POST('/public/orders/{order_id}/assignments', {
          params: once(order(orderId, key), idempotencyKey),
          body,
        }),
      ),

    assignments: (orderId: string, key: string, jobId: string, cursor?: string) =>
      data(
        client.GET('/public/orders/{order_id}/assignments/{job_id}', {
          params: {
            ...order(orderId, key),
            path: { order_id: orderId, job_id: jobId },
            ...(cursor && { query: { cursor } }),
          },
        }),
      ),

    ticket: (ticketId: string, key: string) =>
      data(client.GET('/public/tickets/{ticket_id}', { params: ticket(ticketId, key) })),

    aboutMe: (ticketId: string, key: string, body: AboutMe) =>
      data(client.PUT('/public/tickets/{ticket_id}/person', { params: ticket(ticketId, key), body })),

    claimPerk: (ticketId: string, key: string, number: number) =>
      data(
        client.POST('/public/tickets/{ticket_id}/grants/{number}/claim', {
          params: { ...ticket(ticketId, key), path: { ticket_id: ticketId, number } },
        }),
      ),

    /** Has the links to all that an address has mailed there. */
    findTickets: (email: string) => data(client.POST('/public/tickets/find', { body: { email } })),

    transfer: (code: string, key: string) =>
      data(client.GET('/public/transfers/{code}', { params: transfer(code, key) })),

    acceptTransfer: (code: string, key: string, body: AcceptTransferRequest) =>
      data(client.POST('/public/transfers/{code}/accept', { params: transfer(code, key), body })),

    declineTransfer: (code: string, key: string) =>
      data(client.POST('/public/transfers/{code}/decline', { params: transfer(code, key) })),

    claimPage: (linkId: string, key: string) =>
      data(client.GET('/public/claims/{link_id}', { params: claim(linkId, key) })),

    claimTicket: (linkId: string, key: string, body: HolderDetails) =>
      data(client.POST('/public/claims/{link_id}', { params: claim(linkId, key), body })),
  }
}

function order(orderId: string, key: string) {
  return { path: { order_id: orderId }, header: { 'x-admit-key': key } }
}

function waiting(slug: string, entryId: string, key: string) {
  return { path: { slug, entry_id: entryId }, header: { 'x-admit-key': key } }
}

function ticketOf(orderId: string, key: string, number: number) {
  return { path: { order_id: orderId, number }, header: { 'x-admit-key': key } }
}

function ticket(ticketId: string, key: string) {
  return { path: { ticket_id: ticketId }, header: { 'x-admit-key': key } }
}

function transfer(code: string, key: string) {
  return { path: { code }, header: { 'x-admit-key': key } }
}

function claim(linkId: string, key: string) {
  return { path: { link_id: linkId }, header: { 'x-admit-key': key } }
}

/** What a client may repeat: the same key is one and the same request. */
function once<T extends { header: object }>(params: T, idempotencyKey: string) {
  return { ...params, header: { ...params.header, 'idempotency-key': idempotencyKey } }
}
