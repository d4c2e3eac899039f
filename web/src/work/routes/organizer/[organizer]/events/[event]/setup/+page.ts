import { redirect } from '@sveltejs/kit'
import { eventPath } from '$lib/work/paths'
import type { PageLoad } from './$types'

export const load: PageLoad = ({ params }) => {
  redirect(307, eventPath(params.organizer, params.event, 'setup/checklist'))
}
