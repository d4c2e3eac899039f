import { Problem } from '$lib/api/problem'
import type { HandleClientError } from '@sveltejs/kit'

/** What a page's data was refused with goes to its error page; anything else is a fault of ours, for the console. */
export const handleError: HandleClientError = ({ error, message, status }) => {
  if (error instanceof Problem) return { message: error.message, status: error.status }
  if (status !== 404) reportError(error)
  return { message }
}
