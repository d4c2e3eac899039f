import type { Api } from './client'
import { asProblem } from './problem'

type Call = (...args: unknown[]) => Promise<unknown>

/** The public API, the code of which is loaded with the first call. That may fail as the call itself may. */
export function apiLater(baseUrl: string): Api {
  let loading: Promise<Api> | undefined

  function load(): Promise<Api> {
    loading ??= import('./client').then(
      ({ createApi }) => createApi(baseUrl),
      (error: unknown) => {
        loading = undefined
        throw asProblem(error)
      },
    )
    return loading
  }

  const call =
    (name: keyof Api): Call =>
    async (...args) =>
      ((await load())[name] as Call)(...args)
  // It is no promise itself, so it has no `then`.
  return new Proxy({} as Api, { get: (_, name) => (name === 'then' ? undefined : call(name as keyof Api)) })
}
