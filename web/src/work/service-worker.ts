/**
 * Opens the door without a network: what its page needs is kept, one version at a time. It stands under the door's
 * address alone, so that nobody else who works here downloads anything ahead.
 */
import { base, version } from '$service-worker'
import { TAKE_OVER } from '../lib/work/door/take-over'

const worker = self as unknown as ServiceWorkerGlobalScope
const SHELLS = 'admit-door-'
const SHELL = SHELLS + version
const PAGE = `${base}/door`
const CONFIG = '/config.json'
/** What the build says that the door needs. */
const LIST = `${base}/door-files.json`
/** How long a network that is there but brings nothing is waited for. */
const PATIENCE = 3_000

// A newer version waits until whoever is at the door agrees, so that no scan is interrupted.
worker.addEventListener('install', (event) => event.waitUntil(keepShell()))
worker.addEventListener('activate', (event) => event.waitUntil(takeOver()))
worker.addEventListener('message', ({ data }) => {
  if (data === TAKE_OVER) void worker.skipWaiting()
})
worker.addEventListener('fetch', (event) => {
  const answer = answerTo(event.request)
  if (answer) event.respondWith(answer)
})

async function keepShell(): Promise<void> {
  const shell = await caches.open(SHELL)
  const [page, list] = await Promise.all([
    fetch(PAGE, { cache: 'no-cache' }),
    fetch(LIST, { cache: 'no-cache' }),
  ])
  const named = (await page.clone().text()).match(/\/work\/_app\/[\w./-]+\.\w+/g) ?? []
  const files = (await list.json()) as string[]
  await shell.addAll([...new Set([...files, ...named, CONFIG])])
  await shell.put(PAGE, page)
}

async function takeOver(): Promise<void> {
  const names = await caches.keys()
  const former = names.filter((name) => name.startsWith(SHELLS) && name !== SHELL)
  await Promise.all(former.map((name) => caches.delete(name)))
  await worker.clients.claim()
}

/** The pairing code in the fragment of an address is no part of what is looked up, or kept. */
function answerTo(request: Request): Promise<Response> | undefined {
  const { origin, pathname } = new URL(request.url)
  if (request.method !== 'GET' || origin !== location.origin) return undefined
  if (request.mode === 'navigate') return freshElseKept(request, PAGE)
  if (pathname === CONFIG) return freshElseKept(request, CONFIG)
  if (pathname.startsWith(`${base}/`)) return keptElseFresh(request, pathname)
  return undefined
}

const kept = async (path: string) => (await caches.open(SHELL)).match(path, { ignoreVary: true })

async function keptElseFresh(request: Request, path: string): Promise<Response> {
  return (await kept(path)) ?? fetch(request)
}

async function freshElseKept(request: Request, path: string): Promise<Response> {
  const fresh = fetch(request).then(async (answer) =>
    answer.status < 500 ? answer : ((await kept(path)) ?? answer),
  )
  const patience = new Promise((resume) => setTimeout(resume, PATIENCE))
  const late = patience.then(async () => (await kept(path)) ?? fresh)
  return Promise.race([fresh, late]).catch(async (error: unknown) => {
    const copy = await kept(path)
    if (copy) return copy
    throw error
  })
}
