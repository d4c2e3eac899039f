import { ErrorResponse, User } from 'oidc-client-ts'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { readOwn, writeOwn } from './own'
import { Session, type OidcClient } from './session.svelte'
import { signedIn } from './signed-in'

const CONFIG = {
  api_url: 'https://api.example',
  sign_in_url: 'https://sign-in.example',
  user_pool_client_id: 'pages',
}
beforeEach(() => sessionStorage.clear())

const PROFILE = { sub: '1', iss: 'cognito', aud: 'pages', exp: 0, iat: 0, email: 'kari@example.com' }

const inSeconds = (seconds: number) => Math.floor(Date.now() / 1000) + seconds

function aUser(
  id_token: string,
  { seconds = 3600, state, sub = '1' }: { seconds?: number; state?: unknown; sub?: string } = {},
): User {
  const tokens = { id_token, access_token: 'access', refresh_token: 'refresh', token_type: 'Bearer' }
  return new User({
    ...tokens,
    profile: { ...PROFILE, sub },
    expires_at: inSeconds(seconds),
    userState: state,
  })
}

/** A client in whose tab `user` is signed in; calls may be told to do something else. */
function aClient(user: User | null, overrides: Partial<OidcClient> = {}) {
  return {
    getUser: vi.fn(async () => user),
    removeUser: vi.fn(async () => undefined),
    revokeTokens: vi.fn(async () => undefined),
    signinRedirect: vi.fn(async () => undefined),
    signinRedirectCallback: vi.fn(async () => aUser('first')),
    signinSilent: vi.fn(async () => aUser('renewed')),
    signoutRedirect: vi.fn(async () => undefined),
    ...overrides,
  }
}

/** A server that takes these tokens and no others. */
function aServer(...tokens: string[]) {
  return vi.fn(async (request: Request) => {
    const token = request.headers.get('authorization')?.replace('Bearer ', '') ?? ''
    return new Response(await request.text(), { status: tokens.includes(token) ? 200 : 401 })
  })
}

async function asked(session: Session, server: ReturnType<typeof aServer>, body?: string): Promise<Response> {
  const fetcher = signedIn(session, server as unknown as typeof fetch)
  return fetcher('https://api.example/me/transfers', { method: 'POST', body })
}

const refusal = (error: string, state?: unknown) => new ErrorResponse({ error, userState: state })

describe('signing in', () => {
  it('leads to the sign-in page with the address to come back to', async () => {
    const client = aClient(null)
    const session = await Session.open(CONFIG, client)
    await session.signIn('/my/orders')
    expect(client.signinRedirect).toHaveBeenCalledWith(
      expect.objectContaining({ state: { to: '/my/orders' } }),
    )
  })

  it('knows afterwards who it is, and where he wanted to go', async () => {
    const user = aUser('first', { state: { to: '/my/past' } })
    const session = await Session.open(CONFIG, aClient(null, { signinRedirectCallback: async () => user }))
    expect(session.email).toBeUndefined()
    expect(await session.arrive('https://tickets.example/sign-in?code=1')).toEqual({ to: '/my/past' })
    expect(session.email).toBe('kari@example.com')
  })

  it.each([
    ['was refused', refusal('access_denied', { to: '/my/past' }), { to: '/my/past', failure: 'denied' }],
    ['came too late', refusal('invalid_grant', { to: '/my/past' }), { to: '/my/past', failure: 'failed' }],
    ['was begun in another tab', new Error('No matching state'), { to: '/my', failure: 'failed' }],
  ])('tells when it %s, and keeps the address if it is known', async (_, error, arrival) => {
    const signinRedirectCallback = async () => Promise.reject(error)
    const session = await Session.open(CONFIG, aClient(null, { signinRedirectCallback }))
    expect(await session.arrive('https://tickets.example/sign-in?code=1')).toEqual(arrival)
    expect(session.email).toBeUndefined()
  })
})

describe('a request', () => {
  it('carries the ID token', async () => {
    const client = aClient(aUser('good'))
    const answer = await asked(await Session.open(CONFIG, client), aServer('good'), 'said')
    expect(answer.status).toBe(200)
    expect(client.signinSilent).not.toHaveBeenCalled()
  })

  it('renews a token that is about to end before it is sent', async () => {
    const server = aServer('renewed')
    const client = aClient(aUser('old', { seconds: 30 }))
    expect((await asked(await Session.open(CONFIG, client), server)).status).toBe(200)
    expect(server).toHaveBeenCalledOnce()
  })

  it('is sent again as it was when its token was refused', async () => {
    const server = aServer('renewed')
    const answer = await asked(await Session.open(CONFIG, aClient(aUser('revoked'))), server, 'said')
    expect(await answer.text()).toBe('said')
    expect(server).toHaveBeenCalledTimes(2)
  })

  it('is sent no third time, and the session has ended', async () => {
    const client = aClient(aUser('revoked'))
    const server = aServer()
    const session = await Session.open(CONFIG, client)
    expect((await asked(session, server)).status).toBe(401)
    expect(server).toHaveBeenCalledTimes(2)
    expect(session.email).toBeUndefined()
    expect(session.ended).toBe(true)
    expect(client.removeUser).toHaveBeenCalledOnce()
    expect(client.signinRedirect).not.toHaveBeenCalled()
  })

  it('shares one renewal with all others that wait for it', async () => {
    const client = aClient(aUser('old', { seconds: -10 }))
    const session = await Session.open(CONFIG, client)
    const server = aServer('renewed')
    const answers = await Promise.all([
      asked(session, server),
      asked(session, server),
      asked(session, server),
    ])
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200])
    expect(client.signinSilent).toHaveBeenCalledOnce()
  })

  it('ends the session when the refresh token holds no more', async () => {
    const signinSilent = async () => Promise.reject(refusal('invalid_grant'))
    const session = await Session.open(CONFIG, aClient(aUser('old', { seconds: -10 }), { signinSilent }))
    expect((await asked(session, aServer())).status).toBe(401)
    expect(session.ended).toBe(true)
  })

  it('keeps the session when there is no network to renew it', async () => {
    const signinSilent = async () => Promise.reject(new TypeError('Failed to fetch'))
    const session = await Session.open(CONFIG, aClient(aUser('old', { seconds: -10 }), { signinSilent }))
    await expect(asked(session, aServer())).rejects.toThrow(TypeError)
    expect(session.email).toBe('kari@example.com')
  })
})

it('asks nothing any more for who has signed out', async () => {
  const client = aClient(aUser('good'))
  const session = await Session.open(CONFIG, client)
  await session.signOut()
  const server = aServer('good')
  expect((await asked(session, server)).status).toBe(401)
  expect(server).not.toHaveBeenCalled()
  expect(client.signinSilent).not.toHaveBeenCalled()
})

it('signs out, even if the refresh token can not be revoked now, and takes no token along', async () => {
  const done: string[] = []
  let whoLeaves: string | undefined = 'somebody'
  const client = aClient(aUser('good'), {
    revokeTokens: async () => Promise.reject(new TypeError('Failed to fetch')),
    removeUser: async () => void done.push('forgotten'),
    signoutRedirect: async () => {
      whoLeaves = session.email
      done.push('left')
    },
  })
  const session = await Session.open(CONFIG, client)
  await session.signOut()
  expect(done).toEqual(['forgotten', 'left'])
  expect(whoLeaves).toBeUndefined()
})

describe('what was begun in the tab', () => {
  /** Signs in where something was begun by the one with the id `1`. */
  async function arriveAs(sub: string): Promise<void> {
    await Session.open(CONFIG, aClient(aUser('first')))
    writeOwn('work', 'begun')
    const signinRedirectCallback = async () => aUser('second', { sub })
    const session = await Session.open(CONFIG, aClient(null, { signinRedirectCallback }))
    await session.arrive('https://tickets.example/sign-in?code=1')
  }

  it('is there for who signs in again', async () => {
    await arriveAs('1')
    expect(readOwn('work')).toBe('begun')
  })

  it('is forgotten when somebody else signs in', async () => {
    await arriveAs('2')
    expect(readOwn('work')).toBeUndefined()
  })

  it('is forgotten with who signs out', async () => {
    const session = await Session.open(CONFIG, aClient(aUser('first')))
    writeOwn('work', 'begun')
    await session.signOut()
    expect(sessionStorage).toHaveLength(0)
  })
})
