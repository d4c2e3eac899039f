/** A stand-in of the Cache API for tests, which their browser lacks: one store, which a test may look into. */
export function fakeCaches(): { store: Map<string, string>; caches: CacheStorage } {
  const store = new Map<string, string>()
  const name = (path: string | URL | Request) => new URL(path as string, 'https://tickets.example').pathname
  const cache = {
    match: async (path: string) => (store.has(name(path)) ? new Response(store.get(name(path))) : undefined),
    put: async (path: string, answer: Response) => void store.set(name(path), await answer.text()),
    delete: async (path: string) => store.delete(name(path)),
    keys: async () => [...store.keys()].map((path) => ({ url: `https://tickets.example${path}` })),
  }
  return { store, caches: { open: async () => cache } as unknown as CacheStorage }
}
