import type {
  EventPage,
  Money,
  MyTicket,
  PlacedOrder,
  Price,
  Question,
  Quote,
  Refund,
  Ticket,
  TicketPage,
  Tier,
  Transfer,
} from '$lib/api/types'

// Builders for tests: each takes what matters to the test and fills in the rest.

export const eur = (amount: number): Money => ({ amount, currency: 'EUR' })

export function aPrice(overrides: Partial<Price> = {}): Price {
  return {
    id: 'price',
    label: '',
    amount: eur(1000),
    floor: null,
    payment_methods: ['card'],
    min: null,
    max: null,
    valid_until: null,
    ...overrides,
  }
}

export function aTier(overrides: Partial<Tier> = {}): Tier {
  return {
    id: 'tier',
    title: 'Standard',
    description_line: '',
    description: '',
    position: 0,
    photos: [],
    state: 'on_sale',
    available: null,
    waiting_list: false,
    prices: [aPrice()],
    ticket_limit_per: null,
    limited: false,
    approval_required: false,
    address_required: false,
    add_on_of: null,
    offers: [],
    seat_choice: null,
    sale_starts_at: null,
    sale_ends_at: null,
    ...overrides,
  }
}

export function anEvent(tiers: Tier[] = [aTier()], overrides: Partial<EventPage> = {}): EventPage {
  return {
    id: 'event',
    slug: 'summer-fair',
    title: 'Summer fair',
    description: '',
    status: 'published',
    starts_at: '2026-09-17T07:00:00Z',
    ends_at: '2026-09-17T15:00:00Z',
    timezone: 'Europe/Oslo',
    currency: 'EUR',
    venue: null,
    images: [],
    ticket_limit_per: null,
    tax_included: true,
    categories: [{ id: 'general', title: 'General', description: '', position: 0, tiers }],
    questions: [],
    ...overrides,
  }
}

export function aQuestion(overrides: Partial<Question> = {}): Question {
  return {
    id: 'diet',
    title: 'What do you eat?',
    help: '',
    kind: 'text',
    options: [],
    required: false,
    asked_of: 'order',
    asked_at: 'purchase',
    tier_ids: [],
    shown_if: null,
    limits: null,
    consent: false,
    ...overrides,
  }
}

export function aQuote(total: number, overrides: Partial<Quote> = {}): Quote {
  return {
    lines: [],
    subtotal: eur(total),
    discount: eur(0),
    tax: eur(0),
    total: eur(total),
    payment_methods: total === 0 ? ['free'] : ['card'],
    applied_discount: null,
    approval_required: false,
    ...overrides,
  }
}

const EVENT = {
  id: 'event',
  slug: 'summer-fair',
  title: 'Summer fair',
  starts_at: '2026-09-17T07:00:00Z',
  ends_at: '2026-09-17T15:00:00Z',
  timezone: 'Europe/Oslo',
  venue: null,
}

export function aPlacedOrder(overrides: Partial<PlacedOrder> = {}): PlacedOrder {
  return {
    id: 'order',
    code: 'K7QX2',
    key: 'secret',
    event: EVENT,
    status: 'awaiting_payment',
    payment_status: 'unpaid',
    payment_method: 'card',
    source: 'public',
    company_id: null,
    organization: null,
    allotment_id: null,
    buyer: { email: 'kari@example.com', name: 'Kari Nordmann' },
    billing: null,
    answers: [],
    open_questions: [],
    unanswered: [],
    holder_questions: {},
    lines: [],
    subtotal: eur(1000),
    discount: eur(0),
    tax: eur(0),
    total: eur(1000),
    owed: eur(1000),
    paid: eur(0),
    refunds: [],
    invoice_number: null,
    documents: [],
    cancellation: null,
    applied_discount: null,
    email_verified: false,
    placed_at: '2026-06-01T10:00:00Z',
    hold_expires_at: null,
    due_at: null,
    attention: [],
    explanation: { why: '', next: '', who: 'buyer' },
    timeline: [],
    tickets: [],
    ...overrides,
  }
}

export function aTicket(overrides: Partial<Ticket> = {}): Ticket {
  return {
    id: 'order-1',
    number: 1,
    tier_id: 'tier',
    tier_title: 'Standard',
    status: 'valid',
    revision: 0,
    holder: null,
    seat: null,
    seat_id: null,
    admission: 'out',
    images: 'drawn',
    transfer: null,
    passed_on: false,
    url: '',
    qr_url: '/qr.png',
    badge_url: '/badge.png',
    ...overrides,
  }
}

export function aTicketPage(overrides: Partial<TicketPage> = {}): TicketPage {
  return {
    ...aTicket(),
    event: EVENT,
    calendar_url: '/calendar.ics',
    apple_pass_url: null,
    google_pass_url: null,
    grants: [],
    questions: [],
    ...overrides,
  }
}

export function aMyTicket(overrides: Partial<MyTicket> = {}): MyTicket {
  return {
    id: 'order-1',
    number: 1,
    event: EVENT,
    tier_id: 'tier',
    tier_title: 'Standard',
    status: 'valid',
    revision: 0,
    holder: null,
    seat: null,
    scope: 'upcoming',
    transfer: null,
    images: 'drawn',
    url: 'https://tickets.example/tickets/order-1#key=secret',
    qr_url: '/qr.png',
    badge_url: '/badge.png',
    ...overrides,
  }
}

export function aTransfer(overrides: Partial<Transfer> = {}): Transfer {
  return {
    code: 'order-1-1',
    ticket_id: 'order-1',
    event_id: 'event',
    event: EVENT,
    tier_title: 'Standard',
    seat: null,
    from_name: 'Kari Nordmann',
    to_email: 'ola@example.com',
    note: '',
    status: 'open',
    gives_ownership: true,
    offered_at: '2026-06-01T10:00:00Z',
    until: '2100-01-01T00:00:00Z',
    ended_at: null,
    ...overrides,
  }
}

export function aRefund(overrides: Partial<Refund> = {}): Refund {
  return {
    id: 'order-1',
    sequence: 1,
    amount: eur(1000),
    status: 'pending',
    tickets: [],
    by: 'stripe',
    note: '',
    requested_at: '2026-06-02T10:00:00Z',
    failure: null,
    ...overrides,
  }
}
