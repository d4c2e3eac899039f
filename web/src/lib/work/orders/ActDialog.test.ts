import { fireEvent, render, screen } from '@testing-library/svelte'
import { beforeEach, expect, it, vi } from 'vitest'
import { Problem } from '$lib/api/problem'
import { eur } from '$lib/fixtures'
import ActDialog from './ActDialog.svelte'
import type { ActionView, OrdersApi } from './api'
import { anAction, anApi, anOrder, aRow, aScreen } from './fixtures'

beforeEach(aScreen)

const REFUND = anAction({
  name: 'refund',
  needs: [
    { name: 'amount', kind: 'amount', required: false },
    { name: 'tickets', kind: 'tickets', required: false, choices: ['1', '2'] },
    { name: 'note', kind: 'text', required: false },
  ],
})

function show(action: ActionView, overrides: Partial<OrdersApi> = {}, order = anOrder(aRow())) {
  const api = anApi(overrides)
  const act = vi.fn<(said: Record<string, unknown>, key: string) => Promise<void>>().mockResolvedValue()
  const ondone = vi.fn()
  render(ActDialog, { api, action, order, act, ondone, onclose: vi.fn() })
  return { api, act, ondone }
}

const current = () => vi.waitFor(() => expect(screen.getByTestId('preview').dataset.current).toBe('true'))
const go = () => fireEvent.submit(screen.getByTestId('preview').closest('form') as HTMLFormElement)

it('shows what will happen, and does just that under the same key', async () => {
  const { api, act, ondone } = show(anAction({ name: 'approve' }))
  await current()
  expect(screen.getByTestId('effect').textContent).toContain('One ticket is made.')
  await go()
  await vi.waitFor(() => expect(ondone).toHaveBeenCalled())
  const [, name, body, key] = vi.mocked(api.preview).mock.lastCall ?? []
  expect(name).toBe('approve')
  expect(act).toHaveBeenCalledExactlyOnceWith(body, key)
})

it('tells anew when something else is said, and does nothing that was not told', async () => {
  const { api, act } = show(REFUND)
  await current()
  await fireEvent.change(screen.getByTestId('need-part'), { target: { value: 'amount' } })
  expect(screen.getByTestId('preview').dataset.current).toBe('false')
  await go()
  expect(act).not.toHaveBeenCalled()
  await fireEvent.input(screen.getByTestId('need-amount'), { target: { value: '4.50' } })
  await current()
  expect(vi.mocked(api.preview).mock.lastCall?.[2]).toEqual({ amount: { amount: 450, currency: 'EUR' } })
  await go()
  expect(act.mock.lastCall?.[0]).toEqual({ amount: { amount: 450, currency: 'EUR' } })
})

it('begins a refund with what was paid too much', async () => {
  const { api } = show(REFUND, {}, anOrder(aRow({ total: eur(4900), paid: eur(5400) })))
  await current()
  expect(screen.getByTestId('need-amount')).toHaveProperty('value', '5')
  expect(vi.mocked(api.preview).mock.lastCall?.[2]).toEqual({ amount: eur(500) })
})

it('says a refusal in place of what would happen', async () => {
  const { act } = show(REFUND, {
    preview: vi
      .fn<OrdersApi['preview']>()
      .mockRejectedValue(new Problem(409, 'refund_too_large', 'Too much.')),
  })
  expect((await screen.findByTestId('preview-refused')).textContent).toContain('Too much.')
  await go()
  expect(act).not.toHaveBeenCalled()
})

it('keeps what was said when the act is refused, and repeats it under the same key', async () => {
  const { act, ondone } = show(
    anAction({ name: 'approve', needs: [{ name: 'note', kind: 'text', required: false }] }),
  )
  act.mockRejectedValueOnce(new Problem(0, 'offline', 'No connection.'))
  await current()
  await fireEvent.input(screen.getByTestId('need-note'), { target: { value: 'by phone' } })
  await current()
  await go()
  expect((await screen.findByTestId('act-problem')).textContent).toContain('No connection.')
  expect(screen.getByTestId('need-note')).toHaveProperty('value', 'by phone')
  await go()
  await vi.waitFor(() => expect(ondone).toHaveBeenCalled())
  expect(act.mock.calls[0]?.[1]).toBe(act.mock.calls[1]?.[1])
})
