import { localPath } from '$lib/keys'

const HOME = '/my'

/** Where to go after a sign-in: a page of ours, but the one that signs in, which would lead in a circle. */
export function returnPath(wish: unknown, origin = location.origin): string {
  if (typeof wish !== 'string' || !URL.canParse(wish, origin)) return HOME
  const url = new URL(wish, origin)
  return url.origin === origin && url.pathname !== '/sign-in' ? localPath(url) : HOME
}
