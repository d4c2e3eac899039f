import { InMemoryWebStorage, UserManager, WebStorageStateStore } from 'oidc-client-ts'
import type { Config } from '$lib/api/config'

/**
 * The OpenID Connect client for Cognito's hosted pages: authorization code with PKCE. The endpoints are named here, as
 * Cognito's discovery stands at the user pool and not at the domain of its pages. What was begun and who is signed in
 * live as long as the tab (docs/decisions/0058). `home` is the page that signing out leads to.
 */
export function oidcClient({ sign_in_url, user_pool_client_id }: Config, home = '/'): UserManager {
  // Cognito has its own names for what the standard calls post_logout_redirect_uri.
  const signOut = new URLSearchParams({ client_id: user_pool_client_id, logout_uri: location.origin + home })
  const store = tabStorage()
  return new UserManager({
    authority: sign_in_url,
    client_id: user_pool_client_id,
    redirect_uri: `${location.origin}/sign-in`,
    response_type: 'code',
    scope: 'openid email profile',
    metadata: {
      authorization_endpoint: `${sign_in_url}/oauth2/authorize`,
      token_endpoint: `${sign_in_url}/oauth2/token`,
      revocation_endpoint: `${sign_in_url}/oauth2/revoke`,
      end_session_endpoint: `${sign_in_url}/logout?${signOut}`,
    },
    userStore: new WebStorageStateStore({ store }),
    stateStore: new WebStorageStateStore({ store }),
    automaticSilentRenew: false,
    monitorSession: false,
    requestTimeoutInSeconds: 10,
  })
}

/** Where storage is blocked nobody can sign in, and the page says so instead of failing. */
function tabStorage(): Storage {
  try {
    return sessionStorage
  } catch {
    return new InMemoryWebStorage()
  }
}
