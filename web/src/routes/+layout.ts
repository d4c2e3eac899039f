import { createApi } from '$lib/api/client'
import { loadConfig } from '$lib/api/config'
import type { LayoutLoad } from './$types'

export const ssr = false

export const load: LayoutLoad = async ({ fetch }) => ({
  api: createApi((await loadConfig(fetch)).api_url),
})
