import { learn } from '$lib/i18n/index.svelte'
import { peopleApi } from '$lib/work/people/api'
import type { PageLoad } from './$types'

export const load: PageLoad = async ({ params, parent }) => {
  const [{ work }] = await Promise.all([parent(), learn('people', 'office', 'orders', 'portal')])
  return { people: peopleApi(work, params.organizer, params.event) }
}
