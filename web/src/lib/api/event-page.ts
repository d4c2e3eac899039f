import { locale } from '$lib/i18n/index.svelte'
import { data, patient } from './answer'
import type { EventPage } from './types'

/** Reads an event's page: the one call that stands before the first picture, without the code of all others. */
export function readEventPage(
  baseUrl: string,
  slug: string,
  cache?: RequestCache,
  fetcher: typeof fetch = fetch,
): Promise<EventPage> {
  const url = `${baseUrl}/public/events/${encodeURIComponent(slug)}`
  const request = new Request(url, { cache, headers: { 'accept-language': locale() } })
  return data(patient(request, fetcher).then(read))
}

async function read(response: Response): Promise<{ data?: EventPage; error?: unknown; response: Response }> {
  const body: unknown = await response.json().catch(() => undefined)
  return response.ok ? { data: body as EventPage, response } : { error: body, response }
}
