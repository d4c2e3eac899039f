import { createMyApi } from '$lib/api/me'
import { learn } from '$lib/i18n/index.svelte'
import { Session } from '$lib/session/session.svelte'
import type { LayoutLoad } from './$types'

export const load: LayoutLoad = async ({ parent }) => {
  const [{ config }] = await Promise.all([parent(), learn('account', 'ticket', 'problem')])
  const session = await Session.open(config)
  return { session, me: createMyApi(config.api_url, session) }
}
