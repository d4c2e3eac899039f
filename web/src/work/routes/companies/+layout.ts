import { openWork, signedInSession } from '$lib/work/api'
import { learn } from '$lib/i18n/index.svelte'
import type { LayoutLoad } from './$types'

export const load: LayoutLoad = async ({ parent }) => {
  const [{ config }] = await Promise.all([parent(), learn('work', 'problem')])
  const session = await signedInSession(config)
  return { session, work: openWork(config, session) }
}
