/** Reads a plan, and what changes on it while the page is looked at. */
import type { Api } from '$lib/api/client'
import { houseOf, update, type House, type Seat } from './house'

const EVERY_MS = 6_000
const AT_ONCE = 4

/** Reads the house of an event; the sections of a very large one come one by one. */
export async function loadHouse(api: Pick<Api, 'seats'>, slug: string): Promise<House> {
  const plan = await api.seats(slug)
  const sections = [...plan.sections]
  const waiting = sections.keys()
  const load = async () => {
    for (const at of waiting) {
      const { id, rows } = sections[at] as (typeof sections)[number]
      if (rows) continue
      const [section] = (await api.seats(slug, id)).sections
      if (section) sections[at] = section
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, load))
  return houseOf({ ...plan, sections })
}

/**
 * Asks again and again what has changed, as long as the page is seen. `onchange` is called with the seats whose state
 * is another, `onreplan` once the plan itself is another. Returns what ends it.
 */
export function followStates(
  api: Pick<Api, 'seatStates'>,
  slug: string,
  house: House,
  { onchange, onreplan }: { onchange: (seats: Seat[]) => void; onreplan: () => void },
  every = EVERY_MS,
): () => void {
  const ending = new AbortController()
  let asked = 0
  let answered = 0
  const ask = async () => {
    if (document.hidden) return
    const turn = ++asked
    const told = await api.seatStates(slug, house.version, ending.signal).catch(() => undefined)
    if (!told || ending.signal.aborted || turn < answered) return
    answered = turn
    if (told.plan !== house.plan) return onreplan()
    const changed = update(house, told)
    if (changed.length > 0) onchange(changed)
  }
  const timer = setInterval(() => void ask(), every)
  const seen = () => void ask()
  document.addEventListener('visibilitychange', seen)
  return () => {
    ending.abort()
    clearInterval(timer)
    document.removeEventListener('visibilitychange', seen)
  }
}
