import { cleanup, fireEvent, render, screen, within } from '@testing-library/svelte'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { Problem } from '$lib/api/problem'
import type { OrdersApi } from './api'
import { aBulk, anApi, aRow, aScreen, EVENT, OWNER } from './fixtures'
import OrdersPage from './OrdersPage.svelte'

beforeEach(() => {
  sessionStorage.clear()
  localStorage.clear()
  vi.useFakeTimers({ shouldAdvanceTime: true })
  aScreen()
})
afterEach(() => vi.useRealTimers())

const ROWS = ['a', 'b', 'c'].map((id) => aRow({ id, code: id.toUpperCase().repeat(5) }))
const RUNNING = aBulk({ status: 'running', done: 1, failed: 0, rows: aBulk().rows.slice(0, 1) })

async function show(overrides: Partial<OrdersApi> = {}) {
  const api = anApi({
    list: vi.fn<OrdersApi['list']>().mockResolvedValue({ items: ROWS, cursor: null }),
    bulk: vi.fn<OrdersApi['bulk']>().mockResolvedValue(RUNNING),
    bulkJob: vi.fn<OrdersApi['bulkJob']>().mockResolvedValue(RUNNING),
    ...overrides,
  })
  render(OrdersPage, { api, account: OWNER, event: EVENT, address: { wanted: {} }, ongo: vi.fn() })
  await screen.findAllByTestId('order-row')
  return api
}

const box = (id: string) =>
  within(
    screen.getAllByTestId('order-row').find(({ dataset }) => dataset.order === id) as HTMLElement,
  ).getByTestId<HTMLInputElement>('choose-order')
const at = (id: string) => fireEvent.click(screen.getByTestId(id))
const chosen = () => ROWS.map(({ id }) => id).filter((id) => box(id).checked)
const lines = () => screen.queryAllByTestId('bulk-line')

/** Begins an act on these orders, and waits for the first news of it. */
async function begin(...ids: string[]) {
  for (const id of ids) await fireEvent.click(box(id))
  await at('bulk')
  await fireEvent.change(screen.getByTestId('bulk-act'), { target: { value: 'settle' } })
  await fireEvent.submit(screen.getByTestId('bulk-act').closest('form') as HTMLFormElement)
  await screen.findByTestId('bulk-trial')
  await fireEvent.submit(screen.getByTestId('bulk-act').closest('form') as HTMLFormElement)
  await screen.findByTestId('bulk-job')
  await vi.waitFor(() => expect(lines().at(-1)?.dataset.status).toBeTruthy())
}

const look = () => vi.advanceTimersByTimeAsync(1_500)

it('keeps an act whose window was closed: how far it is, what came of it, and its results', async () => {
  const api = await show()
  await begin('a', 'b')
  await at('bulk-close')
  expect(screen.queryByTestId('bulk-dialog')).toBeNull()
  expect(
    within(lines()[0] as HTMLElement)
      .getByRole('progressbar')
      .getAttribute('value'),
  ).toBe('1')
  expect(screen.queryByTestId('bulk-put-away')).toBeNull()
  expect(chosen()).toEqual(['a', 'b'])

  const listed = vi.mocked(api.list).mock.calls.length
  vi.mocked(api.bulkJob).mockResolvedValue(aBulk())
  await look()
  expect({ ...lines()[0]?.dataset }).toMatchObject({ status: 'done', done: '1', refused: '1' })
  expect(chosen()).toEqual(['b'])
  expect(vi.mocked(api.list).mock.calls.length).toBeGreaterThan(listed)

  await at('bulk-open')
  const rows = screen.getAllByTestId('job-row')
  expect(rows.map(({ dataset }) => dataset.result)).toEqual(['changed', 'failed'])
  expect(rows[1]?.textContent).toContain('BBBBB · Kari Nordmann')
  expect(rows[1]?.textContent).toContain('This order has ended.')
  await at('bulk-close')
  expect(lines()).toHaveLength(1)
  await at('bulk-put-away')
  expect(lines()).toHaveLength(0)
})

it('looks at a job once at a time, whether its window is open or not', async () => {
  const api = await show()
  await begin('a', 'b')
  const looked = () => vi.mocked(api.bulkJob).mock.calls.length
  const before = looked()
  await look()
  expect(looked()).toBe(before + 1)
  await at('bulk-close')
  await look()
  await at('bulk-open')
  await look()
  expect(looked()).toBe(before + 3)
})

it("needs no line for what went well before one's eyes", async () => {
  const well = aBulk({ changed: 2, failed: 0, rows: [1, 2].map((row) => ({ row, result: 'changed' })) })
  await show({ bulkJob: vi.fn<OrdersApi['bulkJob']>().mockResolvedValue(well) })
  await begin('a', 'b')
  await at('bulk-close')
  expect(lines()).toHaveLength(0)
  expect(sessionStorage).toHaveLength(0)
  expect(chosen()).toEqual([])
})

it('tells of two acts apart, and leaves chosen what was chosen meanwhile', async () => {
  const answers = { one: RUNNING, two: RUNNING }
  await show({
    bulk: vi
      .fn<OrdersApi['bulk']>()
      .mockResolvedValueOnce({ ...RUNNING, id: 'one' })
      .mockResolvedValueOnce({ ...RUNNING, id: 'two' }),
    bulkJob: vi.fn<OrdersApi['bulkJob']>(async (id) => answers[id as 'one' | 'two']),
  })
  await begin('a', 'b')
  await at('bulk-close')
  await at('choose-none')
  await begin('b', 'c')
  await at('bulk-close')
  answers.one = aBulk()
  await look()
  expect(lines().map(({ dataset }) => dataset.status)).toEqual(['done', 'running'])
  expect(chosen()).toEqual(['b', 'c'])
  answers.two = aBulk({ failed: 0, changed: 2, rows: [1, 2].map((row) => ({ row, result: 'changed' })) })
  await look()
  expect(lines().map(({ dataset }) => dataset.refused)).toEqual(['1', '0'])
  expect(chosen()).toEqual([])
})

it("finds an act again that was begun before the page was left, and keeps nobody's name for it", async () => {
  const first = await show()
  await begin('a', 'b')
  cleanup()
  const looked = vi.mocked(first.bulkJob).mock.calls.length
  await look()
  expect(first.bulkJob).toHaveBeenCalledTimes(looked)
  expect(JSON.stringify({ ...sessionStorage })).not.toContain('Nordmann')

  await show({ bulkJob: vi.fn<OrdersApi['bulkJob']>().mockResolvedValue(aBulk()) })
  await vi.waitFor(() => expect(lines()[0]?.dataset.refused).toBe('1'))
  await at('bulk-open')
  expect(screen.getAllByTestId('job-row')[1]?.textContent).toContain('BBBBB')
  expect(screen.getByTestId('bulk-dialog').textContent).not.toContain('stay chosen')
  await at('bulk-close')
  await at('bulk-put-away')
  expect(sessionStorage).toHaveLength(0)
})

it('forgets an act that the server knows no more', async () => {
  await show()
  await begin('a', 'b')
  cleanup()
  const unknown = new Problem(404, 'not_found', 'There is no such job.')
  await show({ bulkJob: vi.fn<OrdersApi['bulkJob']>().mockRejectedValue(unknown) })
  await vi.waitFor(() => expect(lines()).toHaveLength(0))
  expect(sessionStorage).toHaveLength(0)
})

it('says why it does not know how far an act is, and looks again when it is asked to', async () => {
  const bulkJob = vi
    .fn<OrdersApi['bulkJob']>()
    .mockResolvedValueOnce(RUNNING)
    .mockRejectedValueOnce(new Problem(0, 'offline', 'No connection.'))
    .mockResolvedValue(aBulk())
  await show({ bulkJob })
  await begin('a', 'b')
  await at('bulk-close')
  await look()
  await fireEvent.click(within(screen.getByTestId('bulk-line-problem')).getByTestId('retry'))
  await look()
  expect(lines()[0]?.dataset.status).toBe('done')
  expect(screen.queryByTestId('bulk-line-problem')).toBeNull()
})

it('reads the results of all orders, however many there are', async () => {
  const { rows } = aBulk()
  const bulkJob = vi.fn<OrdersApi['bulkJob']>(async (_, cursor) =>
    aBulk(cursor ? { rows: rows.slice(1) } : { rows: rows.slice(0, 1), cursor: 'next' }),
  )
  await show({ bulkJob })
  await begin('a', 'b')
  await vi.waitFor(() => expect(screen.getAllByTestId('job-row')).toHaveLength(2))
  expect(bulkJob.mock.calls).toEqual([['job'], ['job', 'next']])
  expect(screen.getByTestId('bulk-dialog').textContent).toContain('stay chosen')
})
