/**
 * Tickets that this device keeps, to be shown without a network: what their pages say, their codes, and the pictures
 * of their events. They stand in the Cache API, for a code comes from another origin whose answer no script may read;
 * the service worker answers such images from there.
 */
import type { TicketPage } from '$lib/api/types'

export interface KeptTicket {
  page: TicketPage
  key: string
  /** When the server has said so. */
  at: string
}

const CACHE = 'admit-tickets'
const FOLDER = '/kept/'
/** How long after its event a ticket is kept, in milliseconds. */
const AFTERWARDS = 30 * 86_400_000

const recordOf = (id: string) => `${FOLDER}${encodeURIComponent(id)}`
const imagesOf = (id: string) => `${recordOf(id)}/`

/** Where the code of a ticket is kept. It changes with the revision, and with nothing else. */
export const codePath = ({ id, revision }: TicketPage) => `${imagesOf(id)}${revision}.png`
export const picturePath = ({ id }: TicketPage) => `${imagesOf(id)}event.png`

export const isKeptImage = (path: string) => path.startsWith(FOLDER) && path.endsWith('.png')

/** An image as it was kept, by its path. */
export async function keptImage(path: string): Promise<Response | undefined> {
  return (await opened())?.match(path)
}

/** Says whether the page can show an image from where it is kept: there is one, and the service worker is at work. */
export async function showable(path: string): Promise<boolean> {
  return Boolean(navigator.serviceWorker?.controller) && Boolean(await keptImage(path))
}

/**
 * Keeps an image that can be loaded, and says whether it is kept now. No script can tell from the answer whether it
 * is one, so it is looked at.
 */
export async function keepImage(path: string, src: string): Promise<boolean> {
  const cache = await opened()
  if (!cache) return false
  if (await cache.match(path)) return true
  try {
    const image = new Image()
    image.src = src
    await image.decode()
    await cache.put(path, await fetch(src, { mode: 'no-cors', credentials: 'omit' }))
    return true
  } catch {
    return false // it is kept the next time
  }
}

/** Keeps an image anew. */
export async function keepAnew(path: string, src: string): Promise<boolean> {
  await (await opened())?.delete(path)
  return keepImage(path, src)
}

/** Keeps a ticket as the server has told it now, and its code while it shows one; says whether all of it is kept. */
export async function keep(page: TicketPage, key: string): Promise<boolean> {
  const cache = await opened()
  if (!cache) return false
  const record: KeptTicket = { page, key, at: new Date().toISOString() }
  await cache.put(recordOf(page.id), new Response(JSON.stringify(record)))
  const code = codePath(page)
  for (const path of await paths(cache)) {
    const outdated = path.startsWith(imagesOf(page.id)) && path !== code && path !== picturePath(page)
    if (outdated) await cache.delete(path)
  }
  const src = page.status === 'valid' && page.images === 'drawn' && page.qr_url
  return src ? keepImage(code, src) : true
}

/** A kept ticket, to who has its key. */
export async function kept(id: string, key: string): Promise<KeptTicket | undefined> {
  const cache = await opened()
  const record = cache && (await recordAt(cache, recordOf(id)))
  return record?.key === key ? record : undefined
}

/** All that is kept, in the order of the events and of the tickets' numbers. What is long past is given up. */
export async function allKept(now = Date.now()): Promise<KeptTicket[]> {
  const cache = await opened()
  if (!cache) return []
  const records = await Promise.all(
    (await paths(cache)).filter((path) => !isKeptImage(path)).map((path) => recordAt(cache, path)),
  )
  const past = ({ page }: KeptTicket) => Date.parse(page.event.ends_at) + AFTERWARDS < now
  const found = records.filter((record) => record !== undefined)
  await Promise.all(found.filter(past).map(({ page, key }) => forget(page.id, key)))
  return found.filter((record) => !past(record)).sort(byEvent)
}

/** Gives up a ticket that this key opened, and no newer one of its id. */
export async function forget(id: string, key: string): Promise<void> {
  const cache = await opened()
  if (!cache || !(await kept(id, key))) return
  const its = (await paths(cache)).filter((path) => path === recordOf(id) || path.startsWith(imagesOf(id)))
  await Promise.all(its.map((path) => cache.delete(path)))
}

function byEvent({ page: a }: KeptTicket, { page: b }: KeptTicket): number {
  return (
    a.event.starts_at.localeCompare(b.event.starts_at) ||
    a.event.id.localeCompare(b.event.id) ||
    a.id.localeCompare(b.id, 'en', { numeric: true })
  )
}

const paths = async (cache: Cache) => (await cache.keys()).map(({ url }) => new URL(url).pathname)

async function recordAt(cache: Cache, path: string): Promise<KeptTicket | undefined> {
  return (await cache.match(path))?.json() as Promise<KeptTicket> | undefined
}

/** Nothing where there is no such store, or storage is blocked: then tickets are not kept, and all else works. */
async function opened(): Promise<Cache | undefined> {
  try {
    return await caches.open(CACHE)
  } catch {
    return undefined
  }
}
