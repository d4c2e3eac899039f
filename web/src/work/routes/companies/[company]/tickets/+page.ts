import { learn } from '$lib/i18n/index.svelte'
import { createPortal } from '$lib/work/portal/api'
import { readWanted } from '$lib/work/portal/wanted'
import type { PageLoad } from './$types'

export const load: PageLoad = async ({ parent, url }) => {
  const [{ work, company }] = await Promise.all([parent(), learn('portal', 'seats')])
  return { portal: createPortal(work, company.id), ...readWanted(url.searchParams) }
}
