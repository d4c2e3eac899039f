/** Builders for the tests of the account's pages. */
import { vi } from 'vitest'
import type { Company, Delivery, EventView, Member, OfficeApi, Webhook } from './api'

export function aMember(overrides: Partial<Member> = {}): Member {
  return {
    email: 'ada@example.com',
    role: 'owner',
    name: 'Ada Lovelace',
    added_at: '2027-03-01T10:00:00Z',
    added_by: null,
    ...overrides,
  }
}

export function anEvent(id: string, title: string): EventView {
  return { id, title, timezone: 'Europe/Oslo', currency: 'EUR' } as EventView
}

export function aWebhook(overrides: Partial<Webhook> = {}): Webhook {
  return {
    id: 'w1',
    url: 'https://crm.example/admit',
    label: '',
    types: [],
    event_ids: null,
    active: true,
    state: 'healthy',
    failing_since: null,
    secrets: [{ id: 's1', created_at: '2027-03-01T10:00:00Z', ends_at: null }],
    last_delivery: null,
    created_at: '2027-03-01T10:00:00Z',
    ...overrides,
  }
}

export function aDelivery(overrides: Partial<Delivery> = {}): Delivery {
  return {
    id: 'd1',
    type: 'order.placed',
    event_id: 'e1',
    subject: 'o1',
    number: null,
    sequence: 1,
    created_at: '2027-03-01T10:00:00Z',
    state: 'failed',
    failed_for: null,
    attempts: [{ at: '2027-03-01T10:00:01Z', status: 500, error: null, ms: 12 }],
    next_at: null,
    ...overrides,
  }
}

export function aCompany(overrides: Partial<Company> = {}): Company {
  return {
    id: 'c1',
    name: 'Fjord Analytics',
    billing: null,
    contact: null,
    domains: [],
    notes: '',
    archived: false,
    address_book_enabled: null,
    distribution_enabled: null,
    take_back: null,
    take_back_downloaded: null,
    created_at: '2027-03-01T10:00:00Z',
    effective: {
      address_book_enabled: true,
      distribution_enabled: true,
      take_back: 'relay_and_public',
      take_back_downloaded: 'relay',
    },
    ...overrides,
  }
}

/** Calls that answer nothing, but for those that a test is about. */
export function anOffice(overrides: Partial<OfficeApi> = {}): OfficeApi {
  const list = <T>(items: T[]) => Promise.resolve({ items, cursor: null })
  return {
    members: () => Promise.resolve([aMember()]),
    keys: () => list([]),
    webhooks: () => Promise.resolve([]),
    deliveries: () => list([]),
    companies: () => list([]),
    company: () => Promise.resolve(aCompany()),
    relays: () => Promise.resolve([]),
    log: () => list([]),
    bankLines: () => list([]),
    ...overrides,
  } as OfficeApi
}

/** What jsdom lacks: it knows the dialog, but not how it opens and closes, nor how wide the window is. */
export function screenOfTests(): void {
  HTMLDialogElement.prototype.showModal = vi.fn()
  HTMLDialogElement.prototype.show = vi.fn()
  HTMLDialogElement.prototype.close = vi.fn()
  window.matchMedia = vi.fn().mockReturnValue({
    matches: false,
    addEventListener: vi.fn(),
    removeEventListener: vi.fn(),
  })
}
