import { learn } from '$lib/i18n/index.svelte'
import { known } from '$lib/i18n/languages'
import { textsApi } from '$lib/work/texts/api'
import type { PageLoad } from './$types'

export const load: PageLoad = async ({ params, parent, url, untrack }) => {
  // The page itself writes into the address which text is looked at; that is no reason to load again.
  const asked = untrack(() => url.searchParams.get('language'))
  const [{ work, event }] = await Promise.all([parent(), learn('texts', 'problem')])
  const texts = textsApi(work, params.organizer, params.event)
  const language = known(asked ?? event.language) ?? 'en'
  return { texts, language, first: await texts.texts(language) }
}
