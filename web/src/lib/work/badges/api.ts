/** The organizer's calls about the badges of one event. Each answers its data or throws a Problem. */
import { asProblem } from '$lib/api/problem'
import type { components } from '$lib/api/schema'
import type { Job } from '$lib/api/types'
import { ask, type Work } from '../api'

type Schemas = components['schemas']

export type BadgeSettings = Schemas['BadgeSettings']
export type EventView = Schemas['CatalogView']
export type PreviewRequest = Schemas['PreviewRequest']
export type SheetRequest = Schemas['SheetRequest']
export type Template = Schemas['TemplateView']

export type BadgesApi = ReturnType<typeof badgesApi>

export const SIZES = ['a6', 'label', 'card'] as const satisfies Schemas['BadgeSize'][]
export const ROLES = [
  'attendee',
  'speaker',
  'staff',
  'exhibitor',
  'sponsor',
  'press',
  'vip',
] as const satisfies Schemas['PersonRole'][]
export const LAYOUTS = ['a4', 'one_a_page'] as const satisfies Schemas['SheetLayout'][]
export const PICTURES = ['image/png', 'image/jpeg', 'image/webp'] as const

const E = '/organizer/{organizer_id}/events/{event_id}'

export function badgesApi(work: Work, organizer_id: string, event_id: string) {
  const at = { organizer_id, event_id }
  const params = { path: at }

  return {
    event: (): Promise<EventView> => ask(work.GET(E, { params })),

    change: (badge: BadgeSettings): Promise<EventView> => ask(work.PATCH(E, { params, body: { badge } })),

    /** Where a picture of a badge is, for a minute. */
    preview: async (body: PreviewRequest): Promise<string> =>
      (await ask(work.POST(`${E}/badges/preview`, { params, body }))).url,

    templates: async (): Promise<Template[]> => (await ask(work.GET(`${E}/badges`, { params }))).items,

    putTemplate: (name: string, source: string): Promise<Template> =>
      ask(work.PUT(`${E}/badges/{name}`, { params: { path: { ...at, name } }, body: { source } })),

    removeTemplate: (name: string) =>
      ask(work.DELETE(`${E}/badges/{name}`, { params: { path: { ...at, name } } })),

    /** Sends a picture to the bucket; answers the id by which the event names it. */
    upload: async (file: File): Promise<string> => {
      const content_type = PICTURES.find((one) => one === file.type) ?? 'image/png'
      const upload = await ask(
        work.POST(`${E}/uploads`, { params, body: { content_type, bytes: file.size } }),
      )
      const form = new FormData()
      for (const [name, value] of Object.entries(upload.fields)) form.set(name, value)
      form.set('file', file)
      await fetched(upload.url, { method: 'POST', body: form })
      return upload.id
    },

    beginSheet: (body: SheetRequest, key: string): Promise<Job> =>
      ask(work.POST(`${E}/badge-sheets`, { params: { path: at, header: { 'idempotency-key': key } }, body })),

    /** The sheets among the latest jobs of the event. */
    sheets: async (): Promise<Job[]> => {
      const page = await ask(work.GET(`${E}/imports`, { params: { path: at, query: { limit: 50 } } }))
      return page.items.filter(({ kind }) => kind === 'badge_sheet')
    },

    job: (job_id: string, cursor?: string) =>
      ask(work.GET(`${E}/imports/{job_id}`, { params: { path: { ...at, job_id }, query: { cursor } } })),

    /** A file of a sheet. Its address is asked for, since a redirect would take the token along. */
    file: async (job_id: string, part: number): Promise<Blob> => {
      const query = { part, redirect: false }
      const told: unknown = await ask(
        work.GET(`${E}/badge-sheets/{job_id}`, { params: { path: { ...at, job_id }, query } }),
      )
      return (await fetched((told as Schemas['SheetAddress']).url)).blob()
    },
  }
}

/** Asks a bucket, to which no token is sent. */
async function fetched(url: string, init?: RequestInit): Promise<Response> {
  try {
    const response = await fetch(url, { ...init, credentials: 'omit' })
    if (!response.ok) throw asProblem(undefined, response.status)
    return response
  } catch (error) {
    throw asProblem(error)
  }
}
