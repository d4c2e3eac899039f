import { Problem } from '$lib/api/problem'
import { learn, t } from '$lib/i18n/index.svelte'
import { setupApi } from '$lib/work/setup/api'
import { tiersOf } from '$lib/work/setup/states'
import type { PageLoad } from './$types'

export const load: PageLoad = async ({ params, parent, url, depends }) => {
  depends('work:quotas')
  const [{ work, event }] = await Promise.all([parent(), learn('setup', 'event', 'problem')])
  const api = setupApi(work, params.organizer, params.event)
  const tier = tiersOf(event).find(({ id }) => id === params.tier)
  if (!tier && params.tier !== 'new') throw new Problem(404, 'not_found', t('common.notFoundHint'))
  const category = url.searchParams.get('category') ?? undefined
  return { api, tier, category, quotas: await api.quotas() }
}
