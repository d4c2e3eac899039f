import { accountsOf, companiesOf, openWork, signedInSession } from '$lib/work/api'
import { learn } from '$lib/i18n/index.svelte'
import type { PageLoad } from './$types'

export const load: PageLoad = async ({ parent, depends }) => {
  depends('work:account', 'work:company')
  const [{ config }] = await Promise.all([parent(), learn('work', 'problem')])
  const session = await signedInSession(config)
  const work = openWork(config, session)
  const [accounts, companies] = await Promise.all([accountsOf(work), companiesOf(work)])
  return { session, work, accounts, companies }
}
