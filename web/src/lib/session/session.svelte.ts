import { ErrorResponse, ErrorTimeout, type User, type UserManager } from 'oidc-client-ts'
import type { Config } from '$lib/api/config'
import { language } from '$lib/i18n/index.svelte'
import { oidcClient } from './oidc'
import { keepFor } from './own'
import { returnPath } from './return-path'

// Seconds before its end at which a token is renewed: longer than a request is on its way.
const SOON = 60

export type OidcClient = Pick<
  UserManager,
  | 'getUser'
  | 'removeUser'
  | 'revokeTokens'
  | 'signinRedirect'
  | 'signinRedirectCallback'
  | 'signinSilent'
  | 'signoutRedirect'
>

export interface Arrival {
  to: string
  /** Why nobody is signed in now: he has refused or was refused, or it could not be finished. */
  failure?: 'denied' | 'failed'
}

/** Who is signed in, in this tab. Nobody is sent to the sign-in page unless he asks for it, so that it can't go round. */
export class Session {
  #client: OidcClient
  #user = $state.raw<User | null>(null)
  #ended = $state(false)
  #renewal: Promise<string | undefined> | undefined

  private constructor(client: OidcClient) {
    this.#client = client
  }

  static async open(config: Config, client: OidcClient = oidcClient(config)): Promise<Session> {
    const session = new Session(client)
    const user = await client.getUser()
    if (user) keepFor(user.profile.sub)
    session.#user = user
    return session
  }

  /** The address of who is signed in; nobody is where there is none. */
  get email(): string | undefined {
    return this.#user?.profile.email
  }

  get name(): string | undefined {
    return this.#user?.profile.name
  }

  /** Whether somebody was signed in here until his tokens could not be renewed any more. */
  get ended(): boolean {
    return this.#ended
  }

  /** Leaves for the sign-in page, which leads back to `to`. */
  async signIn(to = `${location.pathname}${location.search}${location.hash}`): Promise<void> {
    await this.#client.signinRedirect({
      state: { to: returnPath(to) },
      extraQueryParams: { lang: language() },
    })
  }

  /** Takes what the sign-in page has sent along in the address; answers where the reader wanted to go. */
  async arrive(url: string): Promise<Arrival> {
    try {
      this.#user = await this.#client.signinRedirectCallback(url)
      keepFor(this.#user.profile.sub)
      return { to: wish(this.#user.state) }
    } catch (error) {
      if (!(error instanceof ErrorResponse)) return { to: wish(undefined), failure: 'failed' }
      return { to: wish(error.state), failure: error.error === 'access_denied' ? 'denied' : 'failed' }
    }
  }

  /** The ID token for a request, if somebody is signed in. */
  async token(): Promise<string | undefined> {
    if (!this.#user) return undefined
    return (this.#user.expires_in ?? 0) > SOON ? this.#user.id_token : this.renew()
  }

  /** A new ID token, fetched once for all who ask meanwhile; without an answer the session has ended. */
  renew(): Promise<string | undefined> {
    this.#renewal ??= this.#renewed().finally(() => (this.#renewal = undefined))
    return this.#renewal
  }

  /** Forgets who is signed in, as his tokens are not taken any more. */
  async end(): Promise<void> {
    await this.#client.removeUser()
    this.#user = null
    this.#ended = true
  }

  /** Signs out here and at the sign-in page, which leads back to the start page. */
  async signOut(): Promise<void> {
    // One that can't be revoked now is forgotten all the same.
    await this.#client.revokeTokens(['refresh_token']).catch(() => undefined)
    // Before it leaves, or else the ID token would stand in the address.
    await this.#client.removeUser()
    keepFor()
    // The browser may show this page again as it was left.
    this.#user = null
    await this.#client.signoutRedirect()
  }

  async #renewed(): Promise<string | undefined> {
    if (!this.#user) return undefined
    try {
      this.#user = await this.#client.signinSilent()
    } catch (error) {
      // Without a network nothing is known of the session.
      if (error instanceof TypeError || error instanceof ErrorTimeout) throw error
      await this.end()
    }
    return this.#user?.id_token
  }
}

function wish(state: unknown): string {
  return returnPath((state as { to?: string } | undefined)?.to)
}
