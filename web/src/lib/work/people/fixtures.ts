/** Builders for the tests of an event's people. */
import type { EventView, Organization, OrganizationRow, PeopleApi, Person } from './api'

export function aPerson(overrides: Partial<Person> = {}): Person {
  return {
    id: 'p1',
    email: 'ada@example.com',
    name: 'Ada Lovelace',
    company: null,
    title: null,
    phone: null,
    language: null,
    role: 'attendee',
    answers: {},
    consents: {},
    note: '',
    tickets: [],
    mail_state: null,
    merged_into: null,
    erased_at: null,
    created_at: '2027-03-01T10:00:00Z',
    held: [],
    ...overrides,
  }
}

export function anEvent(): EventView {
  const tier = { id: 't1', title: 'Pass' }
  return {
    id: 'e1',
    title: 'Fjord Summit',
    timezone: 'Europe/Oslo',
    currency: 'EUR',
    categories: [{ id: 'c1', title: 'General', tiers: [tier] }],
    uncategorized: [],
  } as unknown as EventView
}

const NOTHING = { amount: 0, currency: 'EUR' }

export function aRow(overrides: Partial<OrganizationRow> = {}): OrganizationRow {
  return {
    company_id: 'c1',
    name: 'Fjord Analytics',
    role: 'sponsor',
    totals: {
      orders: 1,
      tickets: 10,
      amount: NOTHING,
      paid: NOTHING,
      owed: NOTHING,
      refunded: NOTHING,
      issued: 10,
      assigned: 4,
      unassigned: 6,
      used: 1,
      by: [],
    },
    distribution: {
      total: 10,
      cancelled: 0,
      states: { not_distributed: 6, allocated: 0, distributed: 3, downloaded: 0, used: 1 },
      tiers: [],
      take_back_possible: 3,
    },
    ...overrides,
  }
}

export function anOrganization(overrides: Partial<Organization> = {}): Organization {
  return {
    ...aRow(),
    contact: null,
    billing: null,
    invoice_policy: null,
    invoice_days: null,
    claim_domains: [],
    notes: '',
    archived: false,
    allotments: [],
    ...overrides,
  }
}

/** Calls that answer nothing, but for those that a test is about. */
export function aPeopleApi(overrides: Partial<PeopleApi> = {}): PeopleApi {
  const list = <T>(items: T[]) => Promise.resolve({ items, cursor: null })
  return {
    persons: () => list([aPerson()]),
    person: () => Promise.resolve(aPerson()),
    questions: () => Promise.resolve(new Map()),
    waiting: () => list([]),
    organizations: () => list([]),
    organization: () => Promise.resolve(anOrganization()),
    companies: () => Promise.resolve([]),
    ordersOf: () => list([]),
    ...overrides,
  } as PeopleApi
}
