import { fireEvent, render, screen } from '@testing-library/svelte'
import { beforeEach, expect, it, vi } from 'vitest'
import { Problem } from '$lib/api/problem'
import { eur } from '$lib/fixtures'
import type { Account } from '../account'
import type { OrdersApi } from './api'
import BulkDialog from './BulkDialog.svelte'
import { aBulk, anApi, aPreview, aRow, aScreen, FINANCE, OWNER } from './fixtures'

beforeEach(aScreen)

const ROWS = [
  aRow({ id: 'a', code: 'AAAAA' }),
  aRow({ id: 'b', code: 'BBBBB', attention: ['invoice_overdue'] }),
]

function show(overrides: Partial<OrdersApi> = {}, account: Account = OWNER) {
  const api = anApi({
    bulk: vi.fn<OrdersApi['bulk']>().mockResolvedValue(aBulk({ status: 'running' })),
    ...overrides,
  })
  const onbegin = vi.fn()
  render(BulkDialog, { api, account, rows: ROWS, job: undefined, stay: false, onbegin, onclose: vi.fn() })
  return { api, onbegin }
}

const choose = (value: string) => fireEvent.change(screen.getByTestId('bulk-act'), { target: { value } })
const press = () => fireEvent.submit(screen.getByTestId('bulk-act').closest('form') as HTMLFormElement)

it('tries the act out, then begins it', async () => {
  const preview = vi
    .fn<OrdersApi['preview']>()
    .mockResolvedValueOnce(aPreview({ effects: [{ kind: 'money_refunded', text: '', amount: eur(1000) }] }))
    .mockRejectedValueOnce(new Problem(409, 'wrong_state', 'This order has ended.'))
  const { api, onbegin } = show({ preview })
  await choose('refund')
  await press()
  const trial = await screen.findByTestId('bulk-trial')
  expect(trial.textContent).toContain('1 of 2 can be done')
  expect(trial.textContent).toContain('€10.00 goes back.')
  expect(screen.getByTestId('bulk-refusal').dataset.order).toBe('b')
  expect(api.bulk).not.toHaveBeenCalled()
  await press()
  await vi.waitFor(() => expect(onbegin).toHaveBeenCalledExactlyOnceWith('job', 'refund', ROWS))
  expect(vi.mocked(api.bulk).mock.lastCall?.[0]).toEqual({
    action: 'refund',
    order_ids: ['a', 'b'],
    body: {},
  })
})

it('asks for what the act needs, of reasons only those that there are', async () => {
  const { api } = show()
  await choose('dismiss')
  await press()
  expect(api.preview).not.toHaveBeenCalled()
  const reason = screen.getByTestId('need-reason')
  expect([...reason.querySelectorAll('option')].map(({ value }) => value)).toEqual(['', 'invoice_overdue'])
  await fireEvent.change(reason, { target: { value: 'invoice_overdue' } })
  await press()
  await screen.findByTestId('bulk-trial')
  expect(vi.mocked(api.preview).mock.lastCall?.[2]).toEqual({ reason: 'invoice_overdue' })
})

it('offers no decisions to who only handles money', () => {
  show({}, FINANCE)
  const acts = [...screen.getByTestId('bulk-act').querySelectorAll('option')].map(({ value }) => value)
  expect(acts).toContain('settle')
  expect(acts).not.toContain('approve')
  expect(acts).not.toContain('cancel')
})

it('sends the same again under the same key when the answer did not come', async () => {
  const bulk = vi
    .fn<OrdersApi['bulk']>()
    .mockRejectedValueOnce(new TypeError('no network'))
    .mockResolvedValue(aBulk())
  const { onbegin } = show({ bulk })
  await choose('release')
  await press()
  await screen.findByTestId('bulk-trial')
  await press()
  await screen.findByTestId('bulk-problem')
  await press()
  await vi.waitFor(() => expect(onbegin).toHaveBeenCalledOnce())
  expect(bulk.mock.calls[0]?.[1]).toBe(bulk.mock.calls[1]?.[1])
})
