import createClient from 'openapi-fetch'
import { asProblem } from './problem'
import type {
  AcceptRequest,
  Holder,
  Money,
  PlaceRequest,
  Question,
  UnlockRequest,
  WaitRequest,
} from './types'
import type { paths } from './schema'

const RETRIES = 2
const LONGEST_WAIT_SECONDS = 5

export type Api = ReturnType<typeof createApi>

/** The public API with typed calls. Every call answers its data or throws a Problem. */
export function createApi(baseUrl: string, fetcher: typeof fetch = fetch) {
  const client = createClient<paths>({ baseUrl, fetch: (request) => patient(request, fetcher) })

  return {
    event: (slug: string, cache?: RequestCache) =>
      data(client.GET('/public/events/{slug}', { params: { path: { slug } }, cache })),

    quote: (slug: string, body: Question, signal: AbortSignal) =>
      data(client.POST('/public/events/{slug}/quote', { params: { path: { slug } }, body, signal })),

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

    assign: (orderId: string, key: string, number: number, holder: Holder) =>
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

    ticket: (ticketId: string, key: string) =>
      data(
        client.GET('/public/tickets/{ticket_id}', {
          params: { path: { ticket_id: ticketId }, header: { 'x-admit-key': key } },
        }),
      ),
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

async function data<T>(call: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<T> {
  let answer
  try {
    answer = await call
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error
    throw asProblem(error)
  }
  if (answer.data === undefined) throw asProblem(answer.error, answer.response.status)
  return answer.data
}

/** Sends a request again when the server asks for patience (429, 503). Every call of this API may be repeated. */
async function patient(request: Request, fetcher: typeof fetch): Promise<Response> {
  for (let retries = 0; ; retries++) {
    const response = await fetcher(request.clone())
    const busy = response.status === 503 || response.status === 429
    const wait = Number(response.headers.get('Retry-After') ?? 1)
    if (!busy || retries === RETRIES || !(wait <= LONGEST_WAIT_SECONDS)) return response
    await new Promise((resume) => setTimeout(resume, wait * 1000))
  }
}
