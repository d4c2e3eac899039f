import { readEventPage } from '$lib/api/event-page'
import { learn } from '$lib/i18n/index.svelte'
import type { PageLoad } from './$types'

export const load: PageLoad = async ({ params, parent }) => {
  const words = learn('event')
  const { config } = await parent()
  const event = readEventPage(config.api_url, params.slug)
  event.catch(() => undefined) // told by the page, also when the words come after the refusal
  await words
  return { event }
}
