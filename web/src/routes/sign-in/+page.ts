import { learn } from '$lib/i18n/index.svelte'
import { Session } from '$lib/session/session.svelte'
import type { PageLoad } from './$types'

export const load: PageLoad = async ({ parent }) => {
  const [{ config }] = await Promise.all([parent(), learn('account', 'problem')])
  return { session: await Session.open(config) }
}
