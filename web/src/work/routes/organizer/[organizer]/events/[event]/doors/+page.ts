import { learn } from '$lib/i18n/index.svelte'
import { doorsApi } from '$lib/work/doors/api'
import { Places } from '$lib/work/doors/places.svelte'
import type { PageLoad } from './$types'

export const load: PageLoad = async ({ params, parent }) => {
  const [{ work }] = await Promise.all([parent(), learn('door', 'doors', 'problem')])
  const doors = doorsApi(work, params.organizer, params.event)
  return { doors, places: await Places.read(doors) }
}
