import { learn } from '$lib/i18n/index.svelte'
import { setupApi } from '$lib/work/setup/api'
import type { PageLoad } from './$types'

export const load: PageLoad = async ({ params, parent, depends }) => {
  depends('work:discounts')
  const [{ work }] = await Promise.all([parent(), learn('setup', 'problem')])
  const api = setupApi(work, params.organizer, params.event)
  return { api, discounts: await api.discounts() }
}
