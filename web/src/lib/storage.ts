/** Web storage that never throws: with storage blocked or full the pages work, they only forget. */
export function read<T>(storage: Storage, name: string): T | undefined {
  try {
    const text = storage.getItem(name)
    return text === null ? undefined : (JSON.parse(text) as T)
  } catch {
    return undefined
  }
}

export function write(storage: Storage, name: string, value: unknown): void {
  try {
    if (value === undefined) storage.removeItem(name)
    else storage.setItem(name, JSON.stringify(value))
  } catch {
    return
  }
}
