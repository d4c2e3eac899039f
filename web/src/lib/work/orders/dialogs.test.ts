import { cleanup, fireEvent, render, screen } from '@testing-library/svelte'
import { beforeEach, expect, it, vi } from 'vitest'
import { Problem } from '$lib/api/problem'
import { aPlacedOrder } from '$lib/fixtures'
import type { Allotment, ExportView, Organization, OrdersApi, OrganizerTier } from './api'
import ExportDialog from './ExportDialog.svelte'
import { anApi, aScreen, EVENT } from './fixtures'
import NewOrder from './NewOrder.svelte'
import SavedViews from './SavedViews.svelte'

const { saveFile } = vi.hoisted(() => ({ saveFile: vi.fn() }))
vi.mock('$lib/file', () => ({ saveFile }))

beforeEach(() => {
  sessionStorage.clear()
  aScreen()
  saveFile.mockReset()
})

const TIERS = [
  {
    id: 'tier',
    title: 'Standard',
    position: 0,
    prices: [{ id: 'price', label: '', amount: { amount: 4900, currency: 'EUR' } }],
  },
] as unknown as OrganizerTier[]

const COMPANY: Organization = { company_id: 'c1', name: 'Fjord Analytics' }
const ALLOTMENT: Allotment = {
  id: 'a1',
  title: 'Sponsor',
  tier_id: 'tier',
  company_id: 'c1',
  units: 10,
  taken: 4,
  terms: null,
  ended_at: null,
}

function showNew(place: OrdersApi['place']) {
  const onplaced = vi.fn()
  const api = anApi({ place, allotments: () => Promise.resolve([ALLOTMENT]) })
  render(NewOrder, { api, event: EVENT, tiers: TIERS, organizations: [COMPANY], onplaced, onclose: vi.fn() })
  return { onplaced }
}

const type = (id: string, value: string) => fireEvent.input(screen.getByTestId(id), { target: { value } })
const choose = (id: string, value: string) => fireEvent.change(screen.getByTestId(id), { target: { value } })
const placeIt = () => fireEvent.submit(screen.getByTestId('new-kind').closest('form') as HTMLFormElement)

it('places tickets for nothing, once all is said', async () => {
  const place = vi.fn<OrdersApi['place']>().mockResolvedValue(aPlacedOrder({ id: 'made' }))
  const { onplaced } = showNew(place)
  await placeIt()
  expect((await screen.findByTestId('new-email')).getAttribute('aria-invalid')).toBe('true')
  expect(place).not.toHaveBeenCalled()
  await type('new-name', 'Ada Lovelace')
  await type('new-email', 'ada@example.com')
  await type('new-quantity', '2')
  await placeIt()
  await vi.waitFor(() => expect(onplaced).toHaveBeenCalledWith('made'))
  expect(place.mock.lastCall?.[0]).toEqual({
    lines: [{ tier_id: 'tier', quantity: 2 }],
    buyer: { name: 'Ada Lovelace', email: 'ada@example.com' },
    payment_method: 'free',
  })
})

it('places an invoice with its price and billing, and keeps all of it when it is refused', async () => {
  const refusal = new Problem(422, 'invalid_input', 'Look at it.', [
    { field: 'billing.company', message: 'is too long' },
  ])
  const place = vi.fn<OrdersApi['place']>().mockRejectedValueOnce(refusal).mockResolvedValue(aPlacedOrder())
  showNew(place)
  await choose('new-kind', 'invoice')
  await type('new-name', 'Ada Lovelace')
  await type('new-email', 'ada@example.com')
  await type('new-quantity', '1')
  await type('new-billing', 'Analytical Engines')
  await placeIt()
  await screen.findByTestId('new-problem')
  const billing = screen.getByTestId('new-billing')
  expect([billing.getAttribute('aria-invalid'), (billing as HTMLInputElement).value]).toEqual([
    'true',
    'Analytical Engines',
  ])
  expect(place.mock.lastCall?.[0]).toMatchObject({
    lines: [{ tier_id: 'tier', quantity: 1, price_id: 'price' }],
    payment_method: 'invoice',
    billing: { company: 'Analytical Engines', vat_id: null, reference: null },
  })
  await placeIt()
  await vi.waitFor(() => expect(place).toHaveBeenCalledTimes(2))
  expect(place.mock.calls[0]?.[1]).toBe(place.mock.calls[1]?.[1])
})

it('draws from an allotment on its terms', async () => {
  const place = vi.fn<OrdersApi['place']>().mockResolvedValue(aPlacedOrder())
  showNew(place)
  await choose('new-kind', 'allotment')
  await choose('new-company', 'c1')
  await screen.findByTestId('new-allotment')
  await choose('new-allotment', 'a1')
  await type('new-name', 'Ada Lovelace')
  await type('new-email', 'ada@example.com')
  await type('new-quantity', '3')
  await placeIt()
  await vi.waitFor(() => expect(place).toHaveBeenCalled())
  expect(place.mock.lastCall?.[0]).toEqual({
    lines: [{ tier_id: 'tier', quantity: 3 }],
    buyer: { name: 'Ada Lovelace', email: 'ada@example.com' },
    company_id: 'c1',
    allotment_id: 'a1',
    source: 'allotment',
  })
})

function anExport(overrides: Partial<ExportView> = {}): ExportView {
  return {
    id: 'job',
    kind: 'order_export',
    status: 'done',
    dry_run: false,
    created_by: 'kari@example.com',
    created_at: '2026-06-01T10:00:00Z',
    finished_at: '2026-06-01T10:00:01Z',
    unknown_columns: [],
    total: 2,
    done: 2,
    created: 2,
    changed: 0,
    unchanged: 0,
    skipped: 0,
    failed: 0,
    error: null,
    url: 'https://api/file',
    file_url: 'https://tickets/file.xlsx',
    ...overrides,
  }
}

const exportIt = () =>
  fireEvent.submit(screen.getByTestId('export-format').closest('form') as HTMLFormElement)

it('saves a few orders at once, and says when they are too many for that', async () => {
  const file = new Blob(['order\n'])
  const csv = vi
    .fn<OrdersApi['csv']>()
    .mockRejectedValueOnce(new Problem(413, 'too_many', 'Ask for a file.'))
    .mockResolvedValue(file)
  render(ExportDialog, { api: anApi({ csv }), wanted: { q: 'x' }, event: EVENT, onclose: vi.fn() })
  await exportIt()
  expect((await screen.findByTestId('export-problem')).textContent).toContain('Ask for a file.')
  await exportIt()
  await screen.findByTestId('export-saved')
  expect(csv).toHaveBeenLastCalledWith({ q: 'x' })
  expect(saveFile).toHaveBeenCalledWith(`orders-${EVENT.slug}.csv`, file)
})

it('has a file written and fetches it by an address that was asked for just then', async () => {
  const blob = new Blob(['x'])
  const api = anApi({
    beginExport: vi
      .fn<OrdersApi['beginExport']>()
      .mockResolvedValue(anExport({ status: 'waiting', url: null, file_url: null })),
    exportJob: vi.fn<OrdersApi['exportJob']>().mockResolvedValue(anExport()),
    file: vi.fn<OrdersApi['file']>().mockResolvedValue(blob),
  })
  render(ExportDialog, { api, wanted: {}, event: EVENT, onclose: vi.fn() })
  await choose('export-format', 'xlsx')
  await exportIt()
  await screen.findByTestId('export-saved')
  expect(vi.mocked(api.beginExport).mock.lastCall?.[0]).toBe('xlsx')
  expect(api.file).toHaveBeenCalledWith('https://tickets/file.xlsx')
  expect(saveFile).toHaveBeenCalledWith(`orders-${EVENT.slug}.xlsx`, blob)
})

it('finds a file again that was not saved yet, until it is saved or put away', async () => {
  const blob = new Blob(['x'])
  const exportJob = vi
    .fn<OrdersApi['exportJob']>()
    .mockResolvedValue(anExport({ status: 'running', url: null, file_url: null }))
  const api = anApi({
    beginExport: vi.fn<OrdersApi['beginExport']>().mockResolvedValue(anExport({ status: 'waiting' })),
    exportJob,
    file: vi.fn<OrdersApi['file']>().mockResolvedValue(blob),
  })
  const onclose = vi.fn()
  const open = () => {
    cleanup()
    render(ExportDialog, { api, wanted: { q: 'kari@example.com' }, event: EVENT, onclose })
  }
  open()
  await choose('export-format', 'xlsx')
  await exportIt()
  await screen.findByTestId('export-job')
  expect(JSON.stringify({ ...sessionStorage })).not.toContain('kari@example.com')
  open()
  await vi.waitFor(() => expect(screen.getByTestId('export-job').dataset.status).toBe('running'))
  exportJob.mockResolvedValue(anExport())
  open()
  await screen.findByTestId('export-saved')
  expect(saveFile).toHaveBeenCalledExactlyOnceWith('orders-summer-fair.xlsx', blob)
  open()
  await fireEvent.click(await screen.findByTestId('export-fetch'))
  await screen.findByTestId('export-saved')
  expect(saveFile).toHaveBeenCalledTimes(2)
  await fireEvent.click(screen.getByText('Close'))
  expect(onclose).toHaveBeenCalled()
  open()
  expect(screen.getByTestId('export-format')).toBeTruthy()
  expect(sessionStorage).toHaveLength(0)
})

it('saves what is shown under a name, and takes it off again', async () => {
  const view = {
    id: 'v1',
    label: 'Overdue',
    query: '?attention=invoice_overdue',
    event_id: 'event',
    shared: true,
    by: 'kari@example.com',
  }
  const views = vi.fn<OrdersApi['views']>().mockResolvedValueOnce([]).mockResolvedValueOnce([view])
  const api = anApi({
    views,
    addView: vi.fn<OrdersApi['addView']>().mockResolvedValue(view),
    removeView: vi.fn<OrdersApi['removeView']>().mockResolvedValue(undefined as never),
  })
  render(SavedViews, { api, wanted: { attention: 'invoice_overdue' } })
  await fireEvent.click(screen.getByTestId('save-view'))
  await type('view-label', 'Overdue')
  await fireEvent.click(screen.getByTestId('view-shared'))
  await fireEvent.submit(screen.getByTestId('view-label').closest('form') as HTMLFormElement)
  const open = await screen.findByTestId('open-view')
  expect(vi.mocked(api.addView).mock.lastCall?.[0]).toEqual({
    label: 'Overdue',
    query: '?attention=invoice_overdue',
    shared: true,
  })
  expect(open.getAttribute('aria-current')).toBe('true')
  views.mockResolvedValue([])
  await fireEvent.click(screen.getByTestId('remove-view'))
  await fireEvent.submit(screen.getByTestId('remove').querySelector('form') as HTMLFormElement)
  await vi.waitFor(() => expect(screen.queryByTestId('view')).toBeNull())
  expect(api.removeView).toHaveBeenCalledWith('v1')
})
