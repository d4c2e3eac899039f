/** What the relays of a company ask for. Every call answers its data or throws a Problem. */
import type { components } from '$lib/api/schema'
import { ask, type Work } from '$lib/work/api'

type Schemas = components['schemas']
export type Portal = ReturnType<typeof createPortal>

export type Allotment = Schemas['PortalAllotment']
export type CartBrief = Schemas['CartBrief']
export type CartGuest = Schemas['CartGuest']
export type CartTicket = Schemas['CartTicket']
export type CartView = Schemas['CartView']
export type ClaimLink = Schemas['ClaimLinkView']
export type Company = Schemas['ActsFor']
export type Contact = Schemas['ContactView']
export type ContactPatch = Schemas['ContactPatch']
export type ContactSettings = Schemas['ContactSettings']
export type Distributed = Schemas['Distributed']
export type EventDashboard = Schemas['EventDashboard']
export type GuestResult = Schemas['GuestResult']
export type HandResult = Schemas['HandResult']
export type JobWithRows = Schemas['JobWithRows']
export type LogEntry = Schemas['LogEntry']
export type PortalState = Schemas['PortalState']
export type PortalTicket = Schemas['CompanyTicket']
export type Relay = Schemas['RelayView']
export type SeatOverlay = Schemas['SeatOverlay']
export type Suggestion = Schemas['Suggestion']
export type SuggestRequest = Schemas['SuggestRequest']

/** Which tickets of a company are looked at; what is left out is not asked for. */
export interface Wanted {
  event?: string
  state?: PortalState
  tier?: string
  q?: string
}

/** The line of a cart with the tickets that are meant for nobody yet. */
export const NOBODY = 'nobody'
/** As many tickets as one request puts into a line, takes back, or a page of a list holds. */
export const MOST_MOVED = 98
export const MOST_TAKEN_BACK = 50
export const PAGE = 100

export function createPortal(work: Work, company_id: string) {
  const of = { company_id }
  const once = (key: string) => ({ path: of, header: { 'idempotency-key': key } })
  const cart = (relay: string | undefined) => (relay ? { query: { relay } } : {})

  return {
    tickets: (wanted: Wanted, cursor?: string, limit = PAGE) =>
      ask(
        work.GET('/distribution/companies/{company_id}/tickets', {
          params: { path: of, query: { ...said(wanted), limit, ...from(cursor) } },
        }),
      ),

    dashboard: () =>
      ask(work.GET('/distribution/companies/{company_id}/dashboard', { params: { path: of } })),

    overlay: (event_id: string) =>
      ask(
        work.GET('/distribution/companies/{company_id}/events/{event_id}/seats', {
          params: { path: { ...of, event_id } },
        }),
      ),

    /** The map of an event's seats, as everybody sees it. */
    seats: (slug: string, section?: string) =>
      ask(
        work.GET('/public/events/{slug}/seats', {
          params: { path: { slug }, ...(section && { query: { section } }) },
        }),
      ),

    assign: (ticket_id: string, body: Schemas['HolderDetails']) =>
      ask(
        work.PUT('/distribution/companies/{company_id}/tickets/{ticket_id}/holder', {
          params: { path: { ...of, ticket_id } },
          body,
        }),
      ),

    /** Takes up to 50 tickets back; each has a result of its own. */
    takeBack: (tickets: string[]) =>
      ask(
        work.POST('/distribution/companies/{company_id}/tickets/take-back', {
          params: { path: of },
          body: { tickets },
        }),
      ),

    cart: (relay?: string) =>
      ask(work.GET('/distribution/companies/{company_id}/cart', { params: { path: of, ...cart(relay) } })),

    carts: () => ask(work.GET('/distribution/companies/{company_id}/carts', { params: { path: of } })),

    bringGuest: (contact_id: string, relay?: string) =>
      ask(
        work.PUT('/distribution/companies/{company_id}/cart/guests/{contact_id}', {
          params: { path: { ...of, contact_id }, ...cart(relay) },
        }),
      ),

    sendGuestOff: (contact_id: string, relay?: string) =>
      ask(
        work.DELETE('/distribution/companies/{company_id}/cart/guests/{contact_id}', {
          params: { path: { ...of, contact_id }, ...cart(relay) },
        }),
      ),

    /** Puts tickets into a guest's line and takes others out of it. */
    allocate: (contact_id: string, body: Schemas['AllocateRequest'], relay?: string) =>
      ask(
        work.PUT('/distribution/companies/{company_id}/cart/guests/{contact_id}/tickets', {
          params: { path: { ...of, contact_id }, ...cart(relay) },
          body,
        }),
      ),

    suggest: (body: SuggestRequest, relay?: string) =>
      ask(
        work.POST('/distribution/companies/{company_id}/cart/suggest', {
          params: { path: of, ...cart(relay) },
          body,
        }),
      ),

    /** Gives guests their tickets; of more than a hundred a job does it. */
    distribute: (key: string, guests: string[], relay?: string) =>
      ask(
        work.POST('/distribution/companies/{company_id}/cart/distribute', {
          params: { ...once(key), ...cart(relay) },
          body: { guests },
        }),
      ),

    contacts: (q: string, tag: string, cursor?: string, limit = 50) =>
      ask(
        work.GET('/distribution/companies/{company_id}/contacts', {
          params: { path: of, query: { ...said({ q, tag }), limit, ...from(cursor) } },
        }),
      ),

    addContact: (key: string, body: ContactSettings) =>
      ask(work.POST('/distribution/companies/{company_id}/contacts', { params: once(key), body })),

    changeContact: (contact_id: string, body: ContactPatch) =>
      ask(
        work.PATCH('/distribution/companies/{company_id}/contacts/{contact_id}', {
          params: { path: { ...of, contact_id } },
          body,
        }),
      ),

    removeContact: (contact_id: string) =>
      ask(
        work.DELETE('/distribution/companies/{company_id}/contacts/{contact_id}', {
          params: { path: { ...of, contact_id } },
        }),
      ),

    mergeContact: (contact_id: string, other_id: string) =>
      ask(
        work.POST('/distribution/companies/{company_id}/contacts/{contact_id}/merge', {
          params: { path: { ...of, contact_id } },
          body: { other_id },
        }),
      ),

    history: (contact_id: string, cursor?: string) =>
      ask(
        work.GET('/distribution/companies/{company_id}/contacts/{contact_id}/history', {
          params: { path: { ...of, contact_id }, query: from(cursor) },
        }),
      ),

    importContacts: (key: string, csv: string, dry_run: boolean) =>
      ask(
        work.POST('/distribution/companies/{company_id}/contacts/import', {
          params: once(key),
          body: { csv, dry_run },
        }),
      ),

    exportContacts: (tag: string) =>
      ask(
        work.GET('/distribution/companies/{company_id}/contacts/export', {
          params: { path: of, query: said({ tag }) },
          parseAs: 'blob',
        }),
      ),

    exportTickets: (wanted: Pick<Wanted, 'event' | 'state'>) =>
      ask(
        work.GET('/distribution/companies/{company_id}/export', {
          params: { path: of, query: said(wanted) },
          parseAs: 'blob',
        }),
      ),

    importTickets: (key: string, csv: string, dry_run: boolean) =>
      ask(
        work.POST('/distribution/companies/{company_id}/import', {
          params: once(key),
          body: { csv, dry_run },
        }),
      ),

    job: (job_id: string, cursor?: string) =>
      ask(
        work.GET('/distribution/companies/{company_id}/jobs/{job_id}', {
          params: { path: { ...of, job_id }, query: from(cursor) },
        }),
      ),

    log: (cursor?: string) =>
      ask(
        work.GET('/distribution/companies/{company_id}/log', { params: { path: of, query: from(cursor) } }),
      ),

    claimLinks: () =>
      ask(work.GET('/distribution/companies/{company_id}/claim-links', { params: { path: of } })),

    makeClaimLink: (key: string, body: Schemas['ClaimLinkRequest']) =>
      ask(work.POST('/distribution/companies/{company_id}/claim-links', { params: once(key), body })),

    endClaimLink: (link_id: string) =>
      ask(
        work.DELETE('/distribution/companies/{company_id}/claim-links/{link_id}', {
          params: { path: { ...of, link_id } },
        }),
      ),

    allotments: (cursor?: string) =>
      ask(
        work.GET('/distribution/companies/{company_id}/allotments', {
          params: { path: of, query: from(cursor) },
        }),
      ),

    draw: (key: string, allotment_id: string, body: Schemas['DrawRequest']) =>
      ask(
        work.POST('/distribution/companies/{company_id}/allotments/{allotment_id}/orders', {
          params: { path: { ...of, allotment_id }, header: { 'idempotency-key': key } },
          body,
        }),
      ),

    relays: () => ask(work.GET('/distribution/companies/{company_id}/relays', { params: { path: of } })),

    nameRelay: (email: string, body: Schemas['RelaySettings']) =>
      ask(
        work.PUT('/distribution/companies/{company_id}/relays/{email}', {
          params: { path: { ...of, email } },
          body,
        }),
      ),

    removeRelay: (email: string) =>
      ask(
        work.DELETE('/distribution/companies/{company_id}/relays/{email}', {
          params: { path: { ...of, email } },
        }),
      ),
  }
}

function from(cursor?: string) {
  return cursor ? { cursor } : {}
}

/** What of a question is said; an empty text is not. */
function said<T extends object>(wanted: T): Partial<T> {
  return Object.fromEntries(Object.entries(wanted).filter(([, value]) => Boolean(value))) as Partial<T>
}
