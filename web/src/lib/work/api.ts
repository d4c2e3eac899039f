import { data } from '$lib/api/answer'
import { createTypedClient } from '$lib/api/client'
import type { Config } from '$lib/api/config'
import { Problem } from '$lib/api/problem'
import type { ActsFor } from '$lib/api/types'
import { t } from '$lib/i18n/index.svelte'
import { oidcClient } from '$lib/session/oidc'
import { Session } from '$lib/session/session.svelte'
import { signedIn } from '$lib/session/signed-in'
import type { Account } from './account'

/** All routes, asked as who is signed in. */
export type Work = ReturnType<typeof createTypedClient>

let opening: Promise<Session> | undefined

/** Who is signed in at this tab: one session for all workplaces, so that its token is renewed once. */
export function openSession(config: Config): Promise<Session> {
  opening ??= Session.open(config, oidcClient(config, '/work'))
  return opening
}

/** The session of who is signed in. Throws the Problem that the pages answer with the way in. */
export async function signedInSession(config: Config): Promise<Session> {
  const session = await openSession(config)
  if (!session.email) throw new Problem(401, 'unauthenticated', t('work.signIn.lead'))
  return session
}

export function openWork(config: Config, session: Session, fetcher: typeof fetch = fetch): Work {
  return createTypedClient(config.api_url, signedIn(session, fetcher))
}

/** Answers the data of a call, or throws a Problem. */
export const ask = data

/** All of a list that comes page by page. */
export async function every<T>(
  read: (cursor?: string) => Promise<{ items: T[]; cursor: string | null }>,
): Promise<T[]> {
  const found: T[] = []
  let cursor: string | undefined
  do {
    const page = await read(cursor)
    found.push(...page.items)
    cursor = page.cursor ?? undefined
  } while (cursor)
  return found
}

/** The key of one intention, which each of its requests carries, however often it is sent. */
export function newKey(): string {
  return crypto.randomUUID()
}

/** Tells one intention from the next: its key stays the same as long as the same is said, until it is done. */
export class Intention {
  #said = ''
  #key = newKey()

  keyOf(said: unknown): string {
    const now = JSON.stringify(said)
    if (now !== this.#said) this.done()
    this.#said = now
    return this.#key
  }

  /** The same once more is another one. */
  done(): void {
    this.#key = newKey()
  }
}

/** The organizer accounts that he is a member of. */
export async function accountsOf(work: Work): Promise<Account[]> {
  const { items } = await ask(work.GET('/organizer'))
  return items.map(({ id, name, role }) => ({ id, title: name, role }))
}

/** The companies that he acts for. */
export async function companiesOf(work: Work): Promise<ActsFor[]> {
  const { items } = await ask(work.GET('/distribution/companies'))
  return items
}
