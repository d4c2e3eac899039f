import { redirect } from '@sveltejs/kit'
import { may } from '$lib/work/account'
import { eventPath } from '$lib/work/paths'
import type { PageLoad } from './$types'

export const load: PageLoad = async ({ parent }) => {
  const { account, event } = await parent()
  redirect(307, eventPath(account.id, event.id, may(account.role, 'orders') ? 'orders' : 'doors'))
}
