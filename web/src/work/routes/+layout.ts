import { loadConfig } from '$lib/api/config'
import { learn } from '$lib/i18n/index.svelte'
import type { LayoutLoad } from './$types'

export const ssr = false

export const load: LayoutLoad = async ({ fetch }) => {
  const [config] = await Promise.all([loadConfig(fetch), learn('common')])
  return { config }
}
