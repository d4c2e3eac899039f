/** The calls about the people and the companies of one event. Each answers its data or throws a Problem. */
import type { components } from '$lib/api/schema'
import { ask, every, type Work } from '../api'

type Schemas = components['schemas']

export type Allotment = Schemas['AllotmentView']
export type AllotmentPatch = Schemas['AllotmentPatch']
export type AllotmentSettings = Schemas['AllotmentSettings']
export type Company = Schemas['CompanyView']
export type EventView = Schemas['CatalogView']
export type Order = Schemas['OrderView']
export type Organization = Schemas['OrganizationView']
export type OrganizationRow = Schemas['OrganizationRow']
export type OrganizationSettings = Schemas['OrganizationSettings']
export type Person = Schemas['AttendeeView']
export type PersonPatch = Schemas['PersonPatch']
export type PersonSettings = Schemas['PersonSettings']
export type WaitingEntry = Schemas['OrganizerWaitingView']

export type PeopleApi = ReturnType<typeof peopleApi>

const O = '/organizer/{organizer_id}'
const E = '/organizer/{organizer_id}/events/{event_id}'
const PAGE = 50

export function peopleApi(work: Work, organizer_id: string, event_id: string) {
  const at = { organizer_id, event_id }
  const once = (key: string) => ({ path: at, header: { 'idempotency-key': key } })

  return {
    persons: (q: string, cursor?: string) =>
      ask(work.GET(`${E}/persons`, { params: { path: at, query: { q, limit: PAGE, cursor } } })),

    person: (person_id: string) =>
      ask(work.GET(`${E}/persons/{person_id}`, { params: { path: { ...at, person_id } } })),

    addPerson: (body: PersonSettings) => ask(work.POST(`${E}/persons`, { params: { path: at }, body })),

    changePerson: (person_id: string, body: PersonPatch) =>
      ask(work.PATCH(`${E}/persons/{person_id}`, { params: { path: { ...at, person_id } }, body })),

    /** Makes one person of two; the first one stays. */
    merge: (person_id: string, other_id: string) =>
      ask(
        work.POST(`${E}/persons/{person_id}/merge`, {
          params: { path: { ...at, person_id } },
          body: { other_id },
        }),
      ),

    /** All that is kept of a person. */
    exportPerson: (person_id: string) =>
      ask(work.GET(`${E}/persons/{person_id}/export`, { params: { path: { ...at, person_id } } })),

    erase: (person_id: string) =>
      ask(work.POST(`${E}/persons/{person_id}/erase`, { params: { path: { ...at, person_id } } })),

    importPersons: (key: string, csv: string, dry_run: boolean) =>
      ask(work.POST(`${E}/persons/import`, { params: once(key), body: { csv, dry_run } })),

    job: (job_id: string, cursor?: string) =>
      ask(
        work.GET(`${E}/imports/{job_id}`, {
          params: { path: { ...at, job_id }, query: { limit: PAGE, cursor } },
        }),
      ),

    /** What is asked at the event, by the ids of the questions. */
    questions: async (): Promise<ReadonlyMap<string, string>> => {
      const { items } = await ask(work.GET(`${E}/questions`, { params: { path: at } }))
      return new Map(items.map(({ id, title }) => [id, title]))
    },

    waiting: (cursor?: string) =>
      ask(work.GET(`${E}/waiting-list`, { params: { path: at, query: { limit: PAGE, cursor } } })),

    offerNow: () => ask(work.POST(`${E}/waiting-list/offer`, { params: { path: at } })),

    takeOffList: (entry_id: string) =>
      ask(work.DELETE(`${E}/waiting-list/{entry_id}`, { params: { path: { ...at, entry_id } } })),

    organizations: (cursor?: string) =>
      ask(work.GET(`${E}/organizations`, { params: { path: at, query: { cursor } } })),

    organization: (company_id: string) =>
      ask(work.GET(`${E}/organizations/{company_id}`, { params: { path: { ...at, company_id } } })),

    setOrganization: (company_id: string, body: OrganizationSettings) =>
      ask(work.PUT(`${E}/organizations/{company_id}`, { params: { path: { ...at, company_id } }, body })),

    removeOrganization: (company_id: string) =>
      ask(work.DELETE(`${E}/organizations/{company_id}`, { params: { path: { ...at, company_id } } })),

    ordersOf: (company_id: string, cursor?: string) =>
      ask(
        work.GET(`${E}/organizations/{company_id}/orders`, {
          params: { path: { ...at, company_id }, query: { limit: PAGE, cursor } },
        }),
      ),

    /** The companies of the account that are not put away. */
    companies: (): Promise<Company[]> =>
      every((cursor) =>
        ask(
          work.GET(`${O}/companies`, { params: { path: { organizer_id }, query: { limit: 100, cursor } } }),
        ),
      ),

    addAllotment: (key: string, body: AllotmentSettings) =>
      ask(work.POST(`${E}/allotments`, { params: once(key), body })),

    changeAllotment: (allotment_id: string, body: AllotmentPatch) =>
      ask(work.PATCH(`${E}/allotments/{allotment_id}`, { params: { path: { ...at, allotment_id } }, body })),

    removeAllotment: (allotment_id: string) =>
      ask(work.DELETE(`${E}/allotments/{allotment_id}`, { params: { path: { ...at, allotment_id } } })),
  }
}
