import type { PageLoad } from './$types'

export const load: PageLoad = async ({ params, parent }) => {
  const { api } = await parent()
  return { event: api.event(params.slug) }
}
