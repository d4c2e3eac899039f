import { learn } from '$lib/i18n/index.svelte'
import { may } from '$lib/work/account'
import { officeApi } from '$lib/work/office/api'
import type { PageLoad } from './$types'

export const load: PageLoad = async ({ params, parent }) => {
  const [{ work, account }] = await Promise.all([parent(), learn('office')])
  const office = officeApi(work, params.organizer)
  return { office, events: may(account.role, 'own') ? await office.events() : [] }
}
