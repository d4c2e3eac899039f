import { vi } from 'vitest'
import type { JobWithRows } from '$lib/api/types'
import { aPlacedOrder, eur } from '$lib/fixtures'
import type { Account } from '../account'
import type { ActionView, EventView, Order, OrderRow, OrdersApi, Preview, Summary } from './api'

// Builders for tests: each takes what matters to the test and fills in the rest.

export const OWNER: Account = { id: 'org', title: 'Fjord Events', role: 'owner' }

export const FINANCE: Account = { ...OWNER, role: 'finance' }

export function aRow(overrides: Partial<OrderRow> = {}): OrderRow {
  return {
    id: 'order',
    code: 'K7QX2',
    status: 'fulfilled',
    payment_status: 'paid',
    payment_method: 'card',
    source: 'public',
    company_id: null,
    company: null,
    buyer: { email: 'kari@example.com', name: 'Kari Nordmann' },
    tickets: 1,
    tiers: [{ tier_id: 'tier', title: 'Standard', quantity: 1 }],
    total: eur(1000),
    paid: eur(1000),
    refunded: eur(0),
    placed_at: '2026-06-01T10:00:00Z',
    due_at: null,
    invoice_number: null,
    reference: null,
    attention: [],
    progress: { issued: 1, nameless: 0, used: 0 },
    ...overrides,
  }
}

/** The order that a row tells of. */
export function anOrder(row: OrderRow, overrides: Partial<Order> = {}): Order {
  return {
    ...aPlacedOrder(),
    id: row.id,
    code: row.code,
    status: row.status,
    payment_status: row.payment_status,
    payment_method: row.payment_method,
    total: row.total,
    owed: row.total,
    paid: row.paid,
    attention: row.attention,
    invoice_number: row.invoice_number,
    explanation: { why: 'The order waits.', next: 'Decide on it.', who: 'organizer' },
    ...overrides,
  }
}

export function aSummary(overrides: Partial<Summary> = {}): Summary {
  return {
    currency: 'EUR',
    orders: 0,
    tickets: 0,
    amount: eur(0),
    paid: eur(0),
    received: eur(0),
    refunded: eur(0),
    unallocated: eur(0),
    issued: 0,
    nameless: 0,
    used: 0,
    by: [],
    attention: [],
    ...overrides,
  }
}

export function anAction(overrides: Partial<ActionView> & Pick<ActionView, 'name'>): ActionView {
  return { allowed: true, reason: null, needs: [], route: { method: 'POST', path: '/' }, ...overrides }
}

export function aPreview(overrides: Partial<Preview> = {}): Preview {
  const explanation = { why: '', next: 'The tickets come at once.', who: 'system' as const }
  return {
    before: { status: 'awaiting_approval', payment_status: 'unpaid', explanation },
    after: { status: 'settled', payment_status: 'paid', explanation },
    effects: [{ kind: 'tickets_issued', text: 'One ticket is made.', tickets: [1] }],
    ...overrides,
  }
}

/** The job of an act on two orders, of which the second was refused. */
export function aBulk(overrides: Partial<JobWithRows> = {}): JobWithRows {
  return {
    id: 'job',
    kind: 'orders_bulk',
    status: 'done',
    dry_run: false,
    created_by: 'kari@example.com',
    created_at: '2026-06-01T10:00:00Z',
    finished_at: '2026-06-01T10:00:01Z',
    unknown_columns: [],
    total: 2,
    done: 2,
    created: 0,
    changed: 1,
    unchanged: 0,
    skipped: 0,
    failed: 1,
    error: null,
    rows: [
      { row: 1, result: 'changed', reference: 'a' },
      {
        row: 2,
        result: 'failed',
        code: 'wrong_state',
        errors: [{ row: 2, field: '', message: 'This order has ended.' }],
      },
    ],
    cursor: null,
    ...overrides,
  }
}

export const EVENT = {
  id: 'event',
  slug: 'summer-fair',
  title: 'Summer fair',
  timezone: 'Europe/Oslo',
  currency: 'EUR',
  categories: [],
  uncategorized: [
    { id: 'tier', title: 'Standard', position: 0, prices: [{ id: 'price', label: '', amount: eur(1000) }] },
  ],
} as unknown as EventView

/** The calls of the orders page; each answers what the test says, or what an event without orders would. */
export function anApi(overrides: Partial<OrdersApi> = {}): OrdersApi {
  const none = { items: [], cursor: null }
  return {
    list: vi.fn<OrdersApi['list']>().mockResolvedValue(none),
    row: vi.fn<OrdersApi['row']>().mockResolvedValue(undefined),
    summary: vi.fn<OrdersApi['summary']>().mockResolvedValue(aSummary()),
    order: vi.fn<OrdersApi['order']>(),
    actions: vi.fn<OrdersApi['actions']>().mockResolvedValue([]),
    preview: vi.fn<OrdersApi['preview']>().mockResolvedValue(aPreview()),
    act: vi.fn<OrdersApi['act']>(),
    assign: vi.fn<OrdersApi['assign']>(),
    takeBack: vi.fn<OrdersApi['takeBack']>(),
    bulk: vi.fn<OrdersApi['bulk']>(),
    bulkJob: vi.fn<OrdersApi['bulkJob']>(),
    place: vi.fn<OrdersApi['place']>(),
    organizations: vi.fn<OrdersApi['organizations']>().mockResolvedValue([]),
    allotments: vi.fn<OrdersApi['allotments']>().mockResolvedValue([]),
    csv: vi.fn<OrdersApi['csv']>().mockResolvedValue(new Blob(['order\n'])),
    beginExport: vi.fn<OrdersApi['beginExport']>(),
    exportJob: vi.fn<OrdersApi['exportJob']>(),
    file: vi.fn<OrdersApi['file']>(),
    beginImport: vi.fn<OrdersApi['beginImport']>(),
    importJob: vi.fn<OrdersApi['importJob']>(),
    views: vi.fn<OrdersApi['views']>().mockResolvedValue([]),
    addView: vi.fn<OrdersApi['addView']>(),
    removeView: vi.fn<OrdersApi['removeView']>(),
    ...overrides,
  }
}

/** What jsdom lacks: a dialog that opens, and a screen. */
export function aScreen(): void {
  const open = function (this: HTMLDialogElement) {
    this.open = true
  }
  HTMLDialogElement.prototype.show = vi.fn(open)
  HTMLDialogElement.prototype.showModal = vi.fn(open)
  HTMLDialogElement.prototype.close = vi.fn(function (this: HTMLDialogElement) {
    this.open = false
  })
  vi.stubGlobal('matchMedia', () => ({
    matches: false,
    addEventListener: vi.fn(),
    removeEventListener: vi.fn(),
  }))
  const matches = HTMLElement.prototype.matches
  vi.spyOn(HTMLElement.prototype, 'matches').mockImplementation(function (this: HTMLElement, selector) {
    return selector.includes(':modal') ? false : matches.call(this, selector)
  })
  const find = document.querySelector.bind(document)
  vi.spyOn(document, 'querySelector').mockImplementation((selector: string) =>
    selector.includes(':modal') ? null : find(selector),
  )
}
