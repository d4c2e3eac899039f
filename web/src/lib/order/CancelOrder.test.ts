import { fireEvent, render, screen } from '@testing-library/svelte'
import { beforeEach, expect, it, vi } from 'vitest'
import { Problem } from '$lib/api/problem'
import type { Order } from '$lib/api/types'
import { aPlacedOrder, eur } from '$lib/fixtures'
import CancelOrder from './CancelOrder.svelte'
import type { OrderWatch } from './watch.svelte'

const paid = { status: 'fulfilled', payment_status: 'paid', paid: eur(1000) } as const

function show(order: Partial<Order>, cancel = vi.fn().mockResolvedValue(undefined)) {
  const watch = { cancel, refresh: vi.fn() }
  return {
    ...render(CancelOrder, { order: aPlacedOrder(order), watch: watch as unknown as OrderWatch }),
    watch,
  }
}

function offer(refund: number, fee: number): Order['cancellation'] {
  return { refund: eur(refund), fee: eur(fee), until: '2026-09-10T07:00:00Z' }
}

const words = (id: string) => screen.getByTestId(id).textContent.replace(/\s+/g, ' ').trim()

beforeEach(() => {
  // jsdom knows the dialog, but not how it opens and closes.
  HTMLDialogElement.prototype.showModal = vi.fn()
  HTMLDialogElement.prototype.close = vi.fn()
})

it('says what comes back and what is kept before a paid order is cancelled', async () => {
  const { watch } = show({ ...paid, cancellation: offer(900, 100) })
  expect(words('cancellation-offer')).toContain('You get €9.00 back; €1.00 are kept as a fee.')
  await fireEvent.click(screen.getByTestId('cancel'))
  expect(words('cancel-consequence')).toBe('You get €9.00 back; €1.00 are kept as a fee.')
  expect(watch.cancel).not.toHaveBeenCalled()
  await fireEvent.click(screen.getByTestId('cancel-confirm'))
  expect(watch.cancel).toHaveBeenCalledOnce()
})

it('says so when all of the price is kept, and nothing of money for a free order', async () => {
  const { unmount } = show({ ...paid, cancellation: offer(0, 1000) })
  await fireEvent.click(screen.getByTestId('cancel'))
  expect(words('cancel-consequence')).toBe('Nothing comes back: €10.00 are kept as a fee.')
  unmount()
  show({ ...paid, cancellation: offer(0, 0) })
  await fireEvent.click(screen.getByTestId('cancel'))
  expect(screen.queryByTestId('cancel-consequence')).toBeNull()
})

it('shows why an order could not be cancelled and looks again', async () => {
  const refused = vi.fn().mockRejectedValue(new Problem(409, 'already_checked_in', 'Tickets were used.'))
  const { watch } = show({ ...paid, cancellation: offer(1000, 0) }, refused)
  await fireEvent.click(screen.getByTestId('cancel'))
  await fireEvent.click(screen.getByTestId('cancel-confirm'))
  expect((await screen.findByTestId('order-problem')).textContent).toContain('Tickets were used.')
  expect(watch.refresh).toHaveBeenCalledOnce()
})
