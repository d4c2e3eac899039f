import { Problem } from '$lib/api/problem'
import { t } from '$lib/i18n/index.svelte'
import { may } from '$lib/work/account'
import type { LayoutLoad } from './$types'

export const load: LayoutLoad = async ({ parent }) => {
  const { account } = await parent()
  if (!may(account.role, 'manage')) throw new Problem(403, 'forbidden', t('work.refused.text'))
}
