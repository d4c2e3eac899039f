import { Problem } from '$lib/api/problem'
import { t } from '$lib/i18n/index.svelte'
import { accountsOf } from '$lib/work/api'
import type { LayoutLoad } from './$types'

export const load: LayoutLoad = async ({ params, parent, depends }) => {
  depends('work:account')
  const { work } = await parent()
  const accounts = await accountsOf(work)
  const account = accounts.find(({ id }) => id === params.organizer)
  if (!account) throw new Problem(404, 'not_found', t('common.notFoundHint'))
  return { accounts, account }
}
