import type { Session } from './session.svelte'

/**
 * A `fetch` for who is signed in. A token that is refused is renewed once; when the new one is, too, the session ends.
 * Whoever has signed out meanwhile asks nothing any more.
 */
export function signedIn(session: Session, fetcher: typeof fetch): typeof fetch {
  async function send(request: Request, token: string): Promise<Response> {
    request.headers.set('authorization', `Bearer ${token}`)
    return fetcher(request)
  }

  return async (input, init) => {
    const request = new Request(input, init)
    const first = await session.token()
    if (!first) return new Response(null, { status: 401 })
    const answer = await send(request.clone(), first)
    if (answer.status !== 401) return answer
    const token = await session.renew()
    if (!token) return answer
    const second = await send(request, token)
    if (second.status === 401) await session.end()
    return second
  }
}
