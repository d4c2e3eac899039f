import { learn } from '$lib/i18n/index.svelte'
import { eventsApi, type ListedEvent } from '$lib/work/setup/api'
import type { PageLoad } from './$types'

const MOST_PAGES = 10

export const load: PageLoad = async ({ params, parent }) => {
  const [{ work }] = await Promise.all([parent(), learn('setup', 'problem')])
  const api = eventsApi(work, params.organizer)
  const events: ListedEvent[] = []
  let cursor: string | null | undefined
  for (let page = 0; page < MOST_PAGES && cursor !== null; page++) {
    const read = await api.list(cursor)
    events.push(...read.items)
    cursor = read.cursor
  }
  return { api, events }
}
