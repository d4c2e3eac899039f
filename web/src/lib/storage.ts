type Kind = 'local' | 'session'

/** Web storage that never throws: with storage blocked or full the pages work, they only forget. */
export function read<T>(kind: Kind, name: string): T | undefined {
  try {
    const text = storage(kind).getItem(name)
    return text === null ? undefined : (JSON.parse(text) as T)
  } catch {
    return undefined
  }
}

export function write(kind: Kind, name: string, value: unknown): void {
  try {
    if (value === undefined) storage(kind).removeItem(name)
    else storage(kind).setItem(name, JSON.stringify(value))
  } catch {
    return
  }
}

/** Where storage is blocked, browsers throw as soon as it is looked at. */
const storage = (kind: Kind) => (kind === 'local' ? localStorage : sessionStorage)
