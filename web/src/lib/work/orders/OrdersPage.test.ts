import { fireEvent, render, screen, within } from '@testing-library/svelte'
import { beforeEach, expect, it, vi } from 'vitest'
import { aPlacedOrder, eur } from '$lib/fixtures'
import type { Account } from '../account'
import type { OrderRow, OrdersApi } from './api'
import { anAction, anApi, anOrder, aRow, aScreen, aSummary, EVENT, FINANCE, OWNER } from './fixtures'
import OrdersPage from './OrdersPage.svelte'
import type { Address } from './wanted'

beforeEach(() => {
  localStorage.clear()
  aScreen()
})

const ROWS = [
  aRow({ id: 'a', code: 'AAAAA', tickets: 3, payment_method: 'invoice', company: 'Fjord Analytics' }),
  aRow({ id: 'b', code: 'BBBBB', status: 'awaiting_approval', attention: ['approval_waiting'] }),
  aRow({ id: 'c', code: 'CCCCC', progress: { issued: 3, nameless: 1, used: 0 } }),
]

async function show({
  account = OWNER,
  address = { wanted: {} },
  rows = ROWS,
  ...overrides
}: { account?: Account; address?: Address; rows?: OrderRow[] } & Partial<OrdersApi> = {}) {
  const api = anApi({
    list: vi.fn<OrdersApi['list']>().mockResolvedValue({ items: rows, cursor: null }),
    ...overrides,
  })
  const ongo = vi.fn<(address: Address, replace?: boolean) => void>()
  const { rerender } = render(OrdersPage, { api, account, event: EVENT, address, ongo })
  if (rows.length) await screen.findAllByTestId('order-row')
  return { api, ongo, go: (next: Address) => rerender({ address: next }) }
}

const shown = () => screen.getAllByTestId('order-row').map(({ dataset }) => dataset.order)
const row = (id: string) =>
  screen.getAllByTestId('order-row').find(({ dataset }) => dataset.order === id) as HTMLElement
const press = (key: string) => fireEvent.keyDown(document.activeElement ?? document.body, { key })

it('tells an order as one would say it', async () => {
  await show()
  expect(row('a').textContent).toContain('3 tickets by invoice')
  expect(row('a').textContent).toContain('Kari Nordmann · Fjord Analytics')
  expect(within(row('b')).getByTestId('row-attention').textContent).toBe('To approve')
  expect(within(row('c')).getByTestId('progress').textContent?.trim()).toBe('2 of 3 assigned')
})

it('begins with what needs attention, and says so when nothing does', async () => {
  const { api } = await show({
    summary: vi.fn<OrdersApi['summary']>().mockResolvedValue(
      aSummary({
        orders: 3,
        amount: eur(3000),
        by: [
          { status: 'fulfilled', method: 'card', orders: 2, tickets: 2, amount: eur(2000) },
          { status: 'fulfilled', method: 'invoice', orders: 1, tickets: 1, amount: eur(1000) },
        ],
        attention: [
          { reason: 'invoice_overdue', orders: 1 },
          { reason: 'dispute', orders: 2 },
        ],
      }),
    ),
  })
  const chips = await screen.findAllByTestId('attention')
  expect(chips.map(({ dataset }) => [dataset.reason, dataset.orders])).toEqual([
    ['dispute', '2'],
    ['invoice_overdue', '1'],
  ])
  expect(chips[0]?.getAttribute('href')).toBe('?attention=dispute')
  const cells = screen.getAllByTestId('cell')
  const [card, invoice, all] = cells
  expect([card, invoice, all].map((cell) => cell?.getAttribute('href'))).toEqual([
    '?status=fulfilled&method=card',
    '?status=fulfilled&method=invoice',
    '?status=fulfilled',
  ])
  expect(all?.dataset.amount).toBe('3000')
  vi.mocked(api.summary).mockResolvedValue(aSummary())
  await fireEvent.click(screen.getByTestId('refresh'))
  expect(await screen.findByTestId('nothing-waits')).toBeTruthy()
})

it('writes filters and words into the address, and lists what the address says', async () => {
  const { api, ongo, go } = await show()
  await fireEvent.click(screen.getByTestId('show-filters'))
  await fireEvent.change(screen.getByTestId('filter-status'), { target: { value: 'expired' } })
  expect(ongo).toHaveBeenLastCalledWith({ wanted: { status: 'expired' }, order: undefined }, false)
  await go({ wanted: { status: 'expired' } })
  expect(vi.mocked(api.list).mock.lastCall?.[0]).toEqual({ status: 'expired' })
  await fireEvent.input(screen.getByTestId('search'), { target: { value: 'fjord' } })
  await vi.waitFor(() =>
    expect(ongo).toHaveBeenLastCalledWith(
      { wanted: { status: 'expired', q: 'fjord' }, order: undefined },
      true,
    ),
  )
  await fireEvent.click(screen.getByTestId('drop-filter'))
  expect(ongo).toHaveBeenLastCalledWith({ wanted: {}, order: undefined }, false)
})

it('offers the way out of filters that nothing fits', async () => {
  const { ongo } = await show({ rows: [], address: { wanted: { status: 'expired' } } })
  await screen.findByTestId('none-fit')
  await fireEvent.click(screen.getByTestId('show-all'))
  expect(ongo).toHaveBeenLastCalledWith({ wanted: {}, order: undefined }, false)
})

it('goes through the list by keys, chooses and searches', async () => {
  await show()
  await press('j')
  await vi.waitFor(() => expect(row('a').contains(document.activeElement)).toBe(true))
  await press('j')
  await vi.waitFor(() => expect(row('b').contains(document.activeElement)).toBe(true))
  await press('x')
  expect(screen.getByTestId('chosen-count').dataset.count).toBe('1')
  await press('ArrowDown')
  await vi.waitFor(() => expect(row('c').contains(document.activeElement)).toBe(true))
  await press('k')
  await vi.waitFor(() => expect(row('b').contains(document.activeElement)).toBe(true))
  await press('/')
  expect(document.activeElement).toBe(screen.getByTestId('search'))
  await press('j')
  expect(document.activeElement).toBe(screen.getByTestId('search'))
  await press('Escape')
  await press('?')
  await fireEvent.click(await screen.findByTestId('single-keys'))
  expect(localStorage.getItem('admit.orders.keys')).toBe('false')
})

it('chooses a range, and at most as many as one act takes', async () => {
  const { api } = await show()
  await fireEvent.click(within(row('a')).getByTestId('choose-order'))
  await fireEvent.click(within(row('c')).getByTestId('choose-order'), { shiftKey: true })
  expect(screen.getByTestId('chosen-count').dataset.count).toBe('3')
  await fireEvent.click(screen.getByTestId('choose-none'))
  expect(screen.queryByTestId('chosen')).toBeNull()
  await fireEvent.click(within(row('a')).getByTestId('choose-order'))
  vi.mocked(api.list).mockResolvedValue({
    items: Array.from({ length: 600 }, (_, at) => aRow({ id: `o${at}` })),
    cursor: null,
  })
  await fireEvent.click(screen.getByTestId('choose-all'))
  await vi.waitFor(() => expect(screen.getByTestId('chosen-count').dataset.count).toBe('500'))
})

it('shows an order with what can be done, and why not the rest', async () => {
  const order = anOrder(ROWS[1] as OrderRow)
  await show({
    account: FINANCE,
    address: { wanted: {}, order: 'b' },
    order: vi.fn<OrdersApi['order']>().mockResolvedValue(order),
    actions: vi.fn<OrdersApi['actions']>().mockResolvedValue([
      anAction({ name: 'settle' }),
      anAction({
        name: 'refund',
        allowed: false,
        reason: { code: 'nothing_to_refund', text: 'There is nothing to refund.' },
      }),
      anAction({ name: 'approve', allowed: false, reason: { code: 'forbidden', text: 'Not you.' } }),
      anAction({
        name: 'dismiss',
        needs: [{ name: 'reason', kind: 'choice', required: true, choices: ['approval_waiting'] }],
      }),
    ]),
  })
  const explanation = await screen.findByTestId('explanation')
  expect(explanation.textContent).toContain('The order waits.')
  await vi.waitFor(() =>
    expect(screen.getAllByTestId('act').map(({ dataset }) => dataset.action)).toEqual(['settle']),
  )
  expect(screen.getAllByTestId('impossible-act').map(({ textContent }) => textContent)).toEqual([
    expect.stringContaining('There is nothing to refund.'),
  ])
  expect(within(screen.getByTestId('reason')).getByTestId('set-aside')).toBeTruthy()
  expect(screen.queryByTestId('new-order')).toBeNull()
})

it('follows an act: the row leaves a list that it does not fit any more, and the counts are read again', async () => {
  const before = ROWS[1] as OrderRow
  const after = {
    ...before,
    status: 'declined' as const,
    attention: [],
    progress: { issued: 0, nameless: 0, used: 0 },
  }
  const { api } = await show({
    address: { wanted: { attention: 'approval_waiting' }, order: 'b' },
    rows: [before],
    order: vi
      .fn<OrdersApi['order']>()
      .mockResolvedValueOnce(anOrder(before))
      .mockResolvedValue(anOrder(after)),
    act: vi.fn<OrdersApi['act']>().mockResolvedValue(anOrder(after)),
    row: vi.fn<OrdersApi['row']>().mockResolvedValue(after),
    actions: vi.fn<OrdersApi['actions']>().mockResolvedValue([anAction({ name: 'decline' })]),
  })
  await fireEvent.click(await screen.findByTestId('act'))
  await vi.waitFor(() => expect(screen.getByTestId('preview').dataset.current).toBe('true'))
  const counted = vi.mocked(api.summary).mock.calls.length
  await fireEvent.submit(screen.getByTestId('preview').closest('form') as HTMLFormElement)
  await vi.waitFor(() => expect(screen.queryByTestId('order-row')).toBeNull())
  expect(screen.getByTestId('panel-state').dataset.status).toBe('declined')
  expect(vi.mocked(api.summary).mock.calls.length).toBeGreaterThan(counted)
})

it('reads on, and says what kept the rest from coming', async () => {
  const list = vi
    .fn<OrdersApi['list']>()
    .mockResolvedValueOnce({ items: ROWS.slice(0, 1), cursor: '1' })
    .mockRejectedValueOnce(new TypeError('no network'))
    .mockResolvedValueOnce({ items: ROWS.slice(1), cursor: null })
  await show({ list })
  await fireEvent.click(screen.getByTestId('show-more'))
  await screen.findByTestId('list-problem')
  await fireEvent.click(within(screen.getByTestId('list-problem')).getByTestId('retry'))
  await vi.waitFor(() => expect(shown()).toEqual(['a', 'b', 'c']))
})

it('lists an order that was just placed as soon as the list knows it', async () => {
  const placed = aRow({
    id: 'new',
    progress: { issued: 0, nameless: 0, used: 0 },
    status: 'awaiting_payment',
  })
  const known = vi.fn<OrdersApi['list']>().mockResolvedValue({ items: ROWS, cursor: null })
  const { ongo, go } = await show({
    list: known,
    order: vi.fn<OrdersApi['order']>().mockResolvedValue(anOrder(placed)),
    place: vi.fn<OrdersApi['place']>().mockResolvedValue(aPlacedOrder({ id: 'new' })),
    row: vi.fn<OrdersApi['row']>().mockResolvedValue(placed),
  })
  await fireEvent.click(screen.getByTestId('new-order'))
  await fireEvent.input(screen.getByTestId('new-name'), { target: { value: 'Ada' } })
  await fireEvent.input(screen.getByTestId('new-email'), { target: { value: 'ada@example.com' } })
  await fireEvent.input(screen.getByTestId('new-quantity'), { target: { value: '1' } })
  await fireEvent.submit(screen.getByTestId('new-kind').closest('form') as HTMLFormElement)
  await vi.waitFor(() => expect(ongo).toHaveBeenLastCalledWith({ wanted: {}, order: 'new' }))
  known.mockResolvedValue({ items: [placed, ...ROWS], cursor: null })
  await go({ wanted: {}, order: 'new' })
  await vi.waitFor(() => expect(shown()).toContain('new'))
})
