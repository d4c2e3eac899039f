import { learn } from '$lib/i18n/index.svelte'
import { badgesApi } from '$lib/work/badges/api'
import type { PageLoad } from './$types'

export const load: PageLoad = async ({ params, parent }) => {
  const [{ work }] = await Promise.all([parent(), learn('badges', 'problem')])
  const badges = badgesApi(work, params.organizer, params.event)
  return { badges, templates: await badges.templates() }
}
