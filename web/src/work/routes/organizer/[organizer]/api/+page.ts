import { learn } from '$lib/i18n/index.svelte'
import type { PageLoad } from './$types'

export const load: PageLoad = async ({ parent }) => {
  const [{ config }] = await Promise.all([parent(), learn('office')])
  return { address: config.api_url }
}
