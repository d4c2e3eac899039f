import { learn } from '$lib/i18n/index.svelte'
import { officeApi } from '$lib/work/office/api'
import type { PageLoad } from './$types'

export const load: PageLoad = async ({ params, parent }) => {
  const [{ work }] = await Promise.all([parent(), learn('office')])
  return { office: officeApi(work, params.organizer) }
}
