import { learn } from '$lib/i18n/index.svelte'
import { seatingApi } from '$lib/work/seating/api'
import type { PageLoad } from './$types'

export const load: PageLoad = async ({ params, parent }) => {
  const [{ work }] = await Promise.all([parent(), learn('seating', 'seats', 'problem')])
  const seats = seatingApi(work, params.organizer, params.event)
  return { seats, seating: await seats.seating() }
}
