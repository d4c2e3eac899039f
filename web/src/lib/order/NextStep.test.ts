import { fireEvent, render, screen } from '@testing-library/svelte'
import { expect, it, vi } from 'vitest'
import { Problem } from '$lib/api/problem'
import type { Order } from '$lib/api/types'
import { aPlacedOrder, aTicket, eur } from '$lib/fixtures'
import NextStep from './NextStep.svelte'
import type { OrderWatch } from './watch.svelte'

const url = 'https://tickets.example/tickets/o-1#key=k'
const ready = { status: 'fulfilled', payment_status: 'paid', paid: eur(1000) } as const
const holder = { name: 'Kari', email: 'kari@example.com' }

function show(order: Partial<Order>, payAddress = vi.fn()) {
  const watch = { refresh: vi.fn(), payAddress } as unknown as OrderWatch
  const told = { onname: vi.fn(), onanswer: vi.fn() }
  const props = { order: aPlacedOrder(order), orderKey: 'secret', watch, ...told }
  return { ...render(NextStep, props), ...told, watch }
}

it('can be paid again when the hold goes on after a payment that failed', async () => {
  vi.useFakeTimers({ now: Date.parse('2026-06-01T10:00:00Z') })
  const { rerender } = show({ hold_expires_at: '2026-06-01T10:00:02Z' })
  await vi.advanceTimersByTimeAsync(3_000)
  expect(screen.queryByTestId('pay')).toBeNull()
  expect(screen.getByTestId('hold-over')).toBeTruthy()
  await rerender({ order: aPlacedOrder({ hold_expires_at: '2026-06-01T10:30:00Z' }) })
  expect(screen.getByTestId('pay')).toBeTruthy()
  vi.useRealTimers()
})

it('says why the pay page could not be opened, and looks again', async () => {
  const refused = vi.fn().mockRejectedValue(new Problem(409, 'wrong_state', 'The order has ended.'))
  const { watch } = show({}, refused)
  await fireEvent.click(screen.getByTestId('pay'))
  expect((await screen.findByTestId('order-problem')).textContent).toContain('The order has ended.')
  expect(watch.refresh).toHaveBeenCalledOnce()
})

it('asks for nothing while a payment is on its way', () => {
  show({ explanation: { why: '', next: '', who: 'nobody' } })
  expect(screen.queryByRole('button')).toBeNull()
})

it('leads from an order that has ended back to its event', () => {
  show({ status: 'expired' })
  expect(screen.getByTestId<HTMLAnchorElement>('order-again').pathname).toBe('/e/summer-fair')
})

it('asks who attends with the first ticket that has no name', async () => {
  const tickets = [aTicket({ id: 'o-1', holder }), aTicket({ id: 'o-2', number: 2 })]
  const { onname } = show({ ...ready, tickets })
  await fireEvent.click(screen.getByTestId('name-next'))
  expect(onname).toHaveBeenCalledWith(2)
})

it('opens the one ticket there is, and prints several, once all have a name', () => {
  const { unmount } = show({ ...ready, tickets: [aTicket({ id: 'o-1', holder, url })] })
  expect(screen.getByTestId<HTMLAnchorElement>('to-ticket').pathname).toBe('/tickets/o-1')
  unmount()
  const tickets = [aTicket({ id: 'o-1', holder, url }), aTicket({ id: 'o-2', number: 2, holder, url })]
  show({ ...ready, tickets })
  expect(screen.getByTestId<HTMLAnchorElement>('to-print').pathname).toBe('/orders/order/print')
})

it('asks for answers before it asks for names', async () => {
  const { onanswer } = show({ ...ready, unanswered: ['diet'], tickets: [aTicket()] })
  await fireEvent.click(screen.getByTestId('to-answers'))
  expect(onanswer).toHaveBeenCalledOnce()
})

it('opens the invoice that is to be paid', () => {
  const url = 'https://api.example/invoice'
  const document = { kind: 'invoice', number: 'INV-1', amount: eur(1000), issued_at: '', url } as const
  show({ payment_method: 'invoice', documents: [document] })
  expect(screen.getByTestId<HTMLAnchorElement>('open-invoice').href).toBe(url)
})
