import { ask } from '$lib/work/api'
import type { LayoutLoad } from './$types'

export const load: LayoutLoad = async ({ params, parent, depends }) => {
  depends('work:event')
  const { work } = await parent()
  const path = { organizer_id: params.organizer, event_id: params.event }
  return { event: await ask(work.GET('/organizer/{organizer_id}/events/{event_id}', { params: { path } })) }
}
