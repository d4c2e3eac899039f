/** The organizer's calls about the seats of one event. Each answers its data or throws a Problem. */
import { asProblem } from '$lib/api/problem'
import type { components } from '$lib/api/schema'
import { ask, newKey, type Work } from '../api'
import { planIn, type Plan, type SectionSettings } from './plan'

type Schemas = components['schemas']

export type Allotment = Schemas['AllotmentView']
export type Blocked = Schemas['Blocked']
export type BlockRequest = Schemas['BlockRequest']
export type EventView = Schemas['CatalogView']
export type PlanImport = Schemas['PlanImport']
export type PlanImported = Schemas['PlanImported']
export type Quota = Schemas['QuotaView']
export type SeatMove = Schemas['SeatMove']
export type SeatingView = Schemas['SeatingView']
export type SeatsRequest = Schemas['SeatsRequest']
export type SectionState = Schemas['SectionState']

/** A plan, and what its organizer is to know of it. */
export interface Seating {
  plan: Plan
  counts: SeatingView['categories']
  warnings: readonly string[]
}

export type SeatingApi = ReturnType<typeof seatingApi>

const E = '/organizer/{organizer_id}/events/{event_id}'
/** What a body may be; a larger file goes to the bucket. */
const MOST_IN_A_BODY = 3_000_000
const AT_ONCE = 4

export function seatingApi(work: Work, organizer_id: string, event_id: string) {
  const at = { organizer_id, event_id }
  const params = { path: at }

  const view = (section?: string) =>
    ask(work.GET(`${E}/seating`, { params: { path: at, ...(section && { query: { section } }) } }))

  /** The sections of a plan that is too large for one answer. */
  async function sectionsOf(ids: readonly string[]): Promise<SectionSettings[]> {
    return eachOf(ids, async (id) => (await view(id)).section as SectionSettings)
  }

  async function complete(seen: SeatingView): Promise<Seating> {
    const sections = seen.plan ? undefined : await sectionsOf(seen.sections.map(({ id }) => id))
    return { plan: planIn(seen, sections), counts: seen.categories, warnings: seen.warnings }
  }

  return {
    seating: async (): Promise<Seating> => complete(await view()),

    put: async (plan: Plan): Promise<Seating> =>
      complete(await ask(work.PUT(`${E}/seating`, { params, body: plan }))),

    /** Who has the seats of these sections, and for whom others are kept. */
    states: (sections: readonly string[]): Promise<SectionState[]> =>
      eachOf(sections, (section) =>
        ask(work.GET(`${E}/seating/state`, { params: { path: at, query: { section } } })),
      ),

    /** Sends a file: in the body, or, if it is large, to the bucket first. Answers how an import names it. */
    send: async (content: string, csv: boolean): Promise<Pick<PlanImport, 'content' | 'upload_id'>> => {
      const file = new Blob([content], { type: csv ? 'text/csv' : 'application/json' })
      if (file.size <= MOST_IN_A_BODY) return { content }
      const body = { content_type: csv ? 'text/csv' : 'application/json', bytes: file.size } as const
      const upload = await ask(work.POST(`${E}/seating/uploads`, { params, body }))
      const form = new FormData()
      for (const [name, value] of Object.entries(upload.fields)) form.set(name, value)
      form.set('file', file)
      try {
        const response = await fetch(upload.url, { method: 'POST', body: form, credentials: 'omit' })
        if (!response.ok) throw asProblem(undefined, response.status)
      } catch (error) {
        throw asProblem(error)
      }
      return { upload_id: upload.id }
    },

    take: (body: PlanImport): Promise<PlanImported> =>
      ask(work.POST(`${E}/seating/import`, { params, body })),

    block: (body: BlockRequest): Promise<Blocked> => ask(work.POST(`${E}/seating/block`, { params, body })),

    unblock: (body: SeatsRequest): Promise<Blocked> =>
      ask(work.POST(`${E}/seating/unblock`, { params, body })),

    move: async (moves: SeatMove[], any_tier: boolean) =>
      (await ask(work.POST(`${E}/seating/moves`, { params, body: { moves, any_tier } }))).items,

    fill: (key = newKey()) =>
      ask(work.POST(`${E}/seating/fill`, { params: { path: at, header: { 'idempotency-key': key } } })),

    job: (job_id: string, cursor?: string) =>
      ask(work.GET(`${E}/imports/{job_id}`, { params: { path: { ...at, job_id }, query: { cursor } } })),

    allotments: async (): Promise<Allotment[]> => (await ask(work.GET(`${E}/allotments`, { params }))).items,

    quotas: async (): Promise<Quota[]> => (await ask(work.GET(`${E}/quotas`, { params }))).items,
  }
}

/** Asks for each, some at once, and answers in their order. */
async function eachOf<T>(ids: readonly string[], read: (id: string) => Promise<T>): Promise<T[]> {
  const found: T[] = []
  const waiting = ids.entries()
  const work = async () => {
    for (const [at, id] of waiting) found[at] = await read(id)
  }
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, ids.length) }, work))
  return found
}
