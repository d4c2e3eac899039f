import { vi } from 'vitest'
import { eur } from '$lib/fixtures'
import type { Checklist, EventView, SetupApi, Tier } from './api'

// Builders for tests: each takes what matters to the test and fills in the rest.

export function aTier(overrides: Partial<Tier> = {}): Tier {
  return {
    id: 't1',
    category: 'c1',
    title: 'Pass',
    default: false,
    active: true,
    private: false,
    description: '',
    description_line: '',
    photos: [],
    position: 0,
    prices: [
      {
        id: 'p1',
        label: '',
        amount: eur(4900),
        floor: null,
        payment_methods: ['card'],
        valid_from: null,
        valid_until: null,
        quantity: null,
        min: null,
        max: null,
        audience: { type: 'everyone', code: null, company_ids: [], roles: [] },
      },
    ],
    ticket_limit: null,
    ticket_limit_per: null,
    ticket_count: 0,
    limited: false,
    whitelist_size: 0,
    whitelist_auto_approve: false,
    approval_required: false,
    address_required: false,
    offers: [],
    external_ids: [],
    sale_starts_at: null,
    sale_ends_at: null,
    passcode_enabled: false,
    tax_rate: null,
    add_on_of: null,
    quotas: [],
    ...overrides,
  }
}

export function anEvent(overrides: Partial<EventView> = {}): EventView {
  return {
    id: 'e1',
    slug: 'fair',
    title: 'Fair',
    description: '',
    status: 'draft',
    timezone: 'Europe/Oslo',
    currency: 'EUR',
    starts_at: '2027-06-03T07:00:00Z',
    ends_at: '2027-06-03T15:00:00Z',
    venue: null,
    images: [],
    capacity: null,
    ticket_limit_per: null,
    plus_tags: 'apart',
    show_available: false,
    hold_minutes: 15,
    invoice_policy: 'on_payment',
    invoice_days: 14,
    reminder_days: [-3, 0, 7],
    invoice_grace_days: 14,
    overdue: 'ask',
    late_payment: 'same_tier',
    late_payment_hours: 72,
    cancellation_rules: [],
    cancellation_job: null,
    approval_required: false,
    approval_holds_stock: false,
    approval_pay_minutes: 2880,
    waiting_list: true,
    offer_minutes: 1440,
    holder_changes_until: null,
    transfers: true,
    transfer_limit: null,
    transfer_hours: 72,
    assignment_reminder_days: [10, 3],
    language: 'en',
    retention_days: null,
    badge: { size: 'a6', role_colours: {}, role_words: {}, logo: null, template: null },
    seller: null,
    tax_included: true,
    offline_partition: false,
    created_at: '2027-01-03T07:00:00Z',
    categories: [{ id: 'c1', title: 'General', description: '', position: 0, tiers: [aTier()] }],
    uncategorized: [],
    ...overrides,
  }
}

export function aChecklist(items: Checklist['items'], can_publish = false): Checklist {
  return { items, can_publish }
}

export function anApi(overrides: Partial<SetupApi> = {}): SetupApi {
  const all = {
    event: () => Promise.resolve(anEvent()),
    changeEvent: vi.fn<SetupApi['changeEvent']>((changes) =>
      Promise.resolve({ ...anEvent(), ...(changes as Partial<EventView>) }),
    ),
    tier: () => Promise.resolve(aTier()),
    changeTier: vi.fn<SetupApi['changeTier']>((_, changes) =>
      Promise.resolve({ ...aTier(), ...(changes as Partial<Tier>) }),
    ),
    whitelist: () => Promise.resolve([]),
    ...overrides,
  }
  return all as unknown as SetupApi
}
