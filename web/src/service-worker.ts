/**
 * Opens the pages without a network, once a ticket was looked at: their shell is kept, one version at a time, and the
 * codes of the tickets that the pages keep are answered from there. What the pages ask of the API goes past it.
 */
import { build, files, version } from '$service-worker'
import { isKeptImage, keptImage } from './lib/ticket/kept'

const worker = self as unknown as ServiceWorkerGlobalScope
const SHELLS = 'admit-shell-'
const SHELL = SHELLS + version
const CONFIG = '/config.json'
/** How long a network that is there but brings nothing is waited for. */
const PATIENCE = 3_000

// A new version waits until the last page of the one before is closed, so that no open page loses its files.
worker.addEventListener('install', (event) => event.waitUntil(keepShell()))
worker.addEventListener('activate', (event) => event.waitUntil(takeOver()))
worker.addEventListener('fetch', (event) => {
  const answer = answerTo(event.request)
  if (answer) event.respondWith(answer)
})

async function keepShell(): Promise<void> {
  const shell = await caches.open(SHELL)
  const page = await fetch('/', { cache: 'no-cache' })
  const named = (await page.clone().text()).match(/\/_app\/[\w./-]+\.\w+/g) ?? []
  await shell.addAll([...new Set([...build, ...files, ...named, CONFIG])])
  await shell.put('/', page)
}

async function takeOver(): Promise<void> {
  const names = await caches.keys()
  const former = names.filter((name) => name.startsWith(SHELLS) && name !== SHELL)
  await Promise.all(former.map((name) => caches.delete(name)))
  await worker.clients.claim()
}

/** The keys in fragments and queries of addresses are no part of what is looked up, or kept. */
function answerTo(request: Request): Promise<Response> | undefined {
  const { origin, pathname } = new URL(request.url)
  if (request.method !== 'GET' || origin !== location.origin) return undefined
  if (request.mode === 'navigate') return freshElseKept(request, '/')
  if (pathname === CONFIG) return freshElseKept(request, CONFIG)
  if (isKeptImage(pathname)) return keptImage(pathname).then((image) => image ?? Response.error())
  if (pathname.startsWith('/_app/') || files.includes(pathname)) return keptElseFresh(request, pathname)
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
