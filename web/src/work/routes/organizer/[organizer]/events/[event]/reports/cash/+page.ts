import { learn } from '$lib/i18n/index.svelte'
import { reportsApi } from '$lib/work/reports/api'
import type { PageLoad } from './$types'

export const load: PageLoad = async ({ params, parent }) => {
  const [{ work }] = await Promise.all([parent(), learn('reports', 'problem')])
  return { reports: reportsApi(work, params.organizer, params.event) }
}
