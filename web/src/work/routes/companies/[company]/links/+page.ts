import { learn } from '$lib/i18n/index.svelte'
import { createPortal } from '$lib/work/portal/api'
import type { PageLoad } from './$types'

export const load: PageLoad = async ({ parent }) => {
  const [{ work, company }] = await Promise.all([parent(), learn('portal')])
  return { portal: createPortal(work, company.id) }
}
