import { read, write } from '$lib/storage'

const OWN = 'admit.own.'
const WHOSE = `${OWN}whose`

/** What the tab keeps for who is signed in, under a name. */
export const readOwn = <T>(name: string): T | undefined => read<T>('session', OWN + name)

export const writeOwn = (name: string, value: unknown): void => write('session', OWN + name, value)

/** Forgets what the tab keeps, unless it is kept for `who`; without one, all of it. */
export function keepFor(who?: string): void {
  if (who !== undefined && read('session', WHOSE) === who) return
  for (const name of names()) if (name.startsWith(OWN)) write('session', name, undefined)
  write('session', WHOSE, who)
}

/** Where storage is blocked, nothing is kept. */
function names(): string[] {
  try {
    return Object.keys(sessionStorage)
  } catch {
    return []
  }
}
