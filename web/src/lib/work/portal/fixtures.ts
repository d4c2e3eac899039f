// Builders for tests of the portal, and a company's desk as the server keeps it.
import { Problem } from '$lib/api/problem'
import type {
  CartGuest,
  CartTicket,
  CartView,
  Company,
  Contact,
  EventDashboard,
  JobWithRows,
  Portal,
  PortalTicket,
} from './api'
import { NOBODY } from './api'

export const ME = 'ingrid@example.com'
export const COLLEAGUE = 'jonas@example.com'

export function aCompany(overrides: Partial<Company> = {}): Company {
  return {
    id: 'c1',
    name: 'Fjord Analytics',
    archived: false,
    primary: true,
    enabled: {
      address_book_enabled: true,
      distribution_enabled: true,
      take_back: 'relay',
      take_back_downloaded: 'relay',
    },
    ...overrides,
  }
}

export function aTicket(number: number, overrides: Partial<PortalTicket> = {}): PortalTicket {
  return {
    id: `o-${number}`,
    event_id: 'concert',
    tier_id: 'seat',
    tier_title: 'Seat',
    seat: `Hall · 1 · ${number}`,
    seat_id: `hall-1-${number}`,
    state: 'not_distributed',
    holder: null,
    cart_guest: null,
    status: 'valid',
    take_back_possible: false,
    ...overrides,
  }
}

export function aGivenTicket(number: number, overrides: Partial<PortalTicket> = {}): PortalTicket {
  const holder = { name: 'Grace Hopper', email: 'grace@example.com', company: null, title: null }
  return aTicket(number, { state: 'distributed', holder, take_back_possible: true, ...overrides })
}

export function inCart(number: number, overrides: Partial<CartTicket> = {}): CartTicket {
  return { ...aTicket(number, { state: 'allocated' }), fault: null, ...overrides }
}

export function aGuest(name: string, numbers: number[] = [], overrides: Partial<CartGuest> = {}): CartGuest {
  const id = name.toLowerCase()
  return {
    contact_id: id,
    name,
    email: `${id}@example.com`,
    version: 1,
    tickets: numbers.map((number) => inCart(number)),
    changed_at: '2027-06-03T10:00:00Z',
    changed_by: ME,
    ...overrides,
  }
}

export function aContact(name: string, overrides: Partial<Contact> = {}): Contact {
  const id = name.toLowerCase()
  return {
    id,
    email: `${id}@example.com`,
    first_name: name,
    last_name: '',
    phone: null,
    language: null,
    company: null,
    title: null,
    tags: [],
    notes: '',
    consent: null,
    former_addresses: [],
    merging_into: null,
    erasing: false,
    created_at: '2027-06-03T10:00:00Z',
    updated_at: '2027-06-03T10:00:00Z',
    version: 1,
    ...overrides,
  }
}

export function aDashboard(overrides: Partial<EventDashboard> = {}): EventDashboard {
  const states = { not_distributed: 3, allocated: 1, distributed: 1, downloaded: 0, used: 0 }
  return {
    total: 5,
    cancelled: 0,
    states,
    tiers: [{ tier_id: 'seat', tier_title: 'Seat', total: 5, states }],
    take_back_possible: 1,
    event: {
      id: 'concert',
      slug: 'the-concert',
      title: 'The concert',
      starts_at: '2027-06-03T18:00:00Z',
      ends_at: '2027-06-03T20:00:00Z',
      timezone: 'Europe/Oslo',
      venue: null,
    },
    ...overrides,
  }
}

export function aJob(overrides: Partial<JobWithRows> = {}): JobWithRows {
  return {
    id: 'job',
    kind: 'assign_tickets',
    status: 'done',
    dry_run: true,
    created_by: ME,
    created_at: '2027-06-03T10:00:00Z',
    finished_at: '2027-06-03T10:00:01Z',
    unknown_columns: [],
    total: 0,
    done: 0,
    created: 0,
    changed: 0,
    unchanged: 0,
    skipped: 0,
    failed: 0,
    error: null,
    rows: [],
    cursor: null,
    ...overrides,
  }
}

/** A cart as the server keeps it: versions are counted, and a ticket stands in one line at most. */
export class Desk {
  /** The lines by contact; the one of nobody among them. */
  lines = new Map<string, CartGuest>()
  /** What was asked for of lines, in order. */
  asked: { contactId: string; add: string[]; remove: string[]; version?: number | null }[] = []
  actingFor: string | null = null

  constructor(guests: CartGuest[] = [], pool: number[] = []) {
    for (const guest of guests) this.lines.set(guest.contact_id, guest)
    if (pool.length > 0) this.lines.set(NOBODY, aGuest('Nobody', pool, { contact_id: NOBODY, name: '' }))
  }

  get view(): CartView {
    const guests = [...this.lines.values()].filter(({ contact_id }) => contact_id !== NOBODY)
    const nobody = this.lines.get(NOBODY)
    return {
      company_id: 'c1',
      relay: ME,
      acting_for: this.actingFor,
      guests,
      unassigned: { version: nobody?.version ?? 0, tickets: nobody?.tickets ?? [] },
      counts: {
        guests: guests.length,
        tickets: guests.reduce((sum, { tickets }) => sum + tickets.length, 0),
        unassigned: nobody?.tickets.length ?? 0,
      },
    }
  }

  ids(contactId: string): string[] {
    return this.lines.get(contactId)?.tickets.map(({ id }) => id) ?? []
  }

  /** What a colleague does meanwhile. */
  meanwhile(contactId: string, numbers: number[]): void {
    const line = this.lines.get(contactId) ?? aGuest(contactId, [], { version: 0 })
    const tickets = numbers.map((number) => inCart(number))
    this.lines.set(contactId, { ...line, version: line.version + 1, changed_by: COLLEAGUE, tickets })
  }

  readonly cart: Portal['cart'] = () => Promise.resolve(this.view)

  readonly bringGuest: Portal['bringGuest'] = (contactId) => {
    const line = this.lines.get(contactId) ?? aGuest(contactId)
    this.lines.set(contactId, line)
    return Promise.resolve(line)
  }

  readonly sendGuestOff: Portal['sendGuestOff'] = (contactId) => {
    this.lines.delete(contactId)
    return Promise.resolve(undefined as never)
  }

  readonly allocate: Portal['allocate'] = (contactId, { add = [], remove = [], version }) => {
    this.asked.push({ contactId, add, remove, version })
    const line = this.lines.get(contactId) ?? aGuest(contactId, [], { contact_id: contactId, version: 0 })
    if (version !== undefined && version !== line.version) {
      return Promise.reject(new Problem(409, 'changed_meanwhile', 'Changed'))
    }
    const faults = add.flatMap((id, at) => {
      const other = [...this.lines].find(
        ([whose, { tickets }]) =>
          ![contactId, NOBODY].includes(whose) && tickets.some((ticket) => ticket.id === id),
      )
      return other ? [{ field: `add[${at}]`, message: `stands in the cart for ${other[0]}` }] : []
    })
    if (faults.length > 0) {
      return Promise.reject(new Problem(409, 'allocation_refused', 'Refused', faults))
    }
    const pool = this.lines.get(NOBODY)
    const rest = pool?.tickets.filter(({ id }) => !add.includes(id)) ?? []
    if (pool && contactId !== NOBODY && rest.length < pool.tickets.length) {
      this.lines.set(NOBODY, { ...pool, tickets: rest, version: pool.version + 1 })
    }
    const there = line.tickets.filter(({ id }) => !remove.includes(id))
    const coming = add.map((id) => inCart(Number(id.split('-')[1])))
    const after = { ...line, version: line.version + 1, tickets: [...there, ...coming] }
    this.lines.set(contactId, after)
    return Promise.resolve(after)
  }
}

/** What the pages of a desk ask for, each answered as if nothing more were there. */
export function aPortal(desk: Desk, tickets: PortalTicket[], overrides: Partial<Portal> = {}): Portal {
  const list = <T>(items: T[]) => Promise.resolve({ items, cursor: null })
  return {
    cart: desk.cart,
    allocate: desk.allocate,
    bringGuest: desk.bringGuest,
    sendGuestOff: desk.sendGuestOff,
    carts: () => list([]),
    tickets: () => list(tickets),
    dashboard: () => list([aDashboard()]),
    contacts: () => list([aContact('Ada'), aContact('Bo')]),
    ...overrides,
  } as Portal
}
