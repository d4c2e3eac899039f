import { render, screen } from '@testing-library/svelte'
import { expect, it, vi } from 'vitest'
import type { Api } from '$lib/api/client'
import type { Order } from '$lib/api/types'
import { aPlacedOrder } from '$lib/fixtures'
import OrderView from './OrderView.svelte'

/** Shows the page to a buyer who comes back from the pay page, which has left this order. */
function showBack(order: Partial<Order>) {
  const confirm = vi.fn().mockResolvedValue(aPlacedOrder(order))
  const read = vi.fn().mockResolvedValue(aPlacedOrder(order))
  const api = { confirm, order: read } as unknown as Api
  return render(OrderView, { api, orderId: 'order', orderKey: 'secret', checkout: 'done' })
}

it('lets a buyer whose payment did not go through pay again', async () => {
  showBack({})
  expect(await screen.findByTestId('checkout-failed')).toBeTruthy()
  expect(screen.getByTestId('pay')).toBeTruthy()
  expect(screen.queryByTestId('checkout-done')).toBeNull()
})

it('thanks a buyer whose payment is on its way, and does not ask him to pay', async () => {
  showBack({ explanation: { why: 'The payment is on its way.', next: '', who: 'nobody' } })
  expect(await screen.findByTestId('checkout-done')).toBeTruthy()
  expect(screen.queryByTestId('pay')).toBeNull()
  expect(screen.getByTestId('order-why').textContent).toBe('The payment is on its way.')
})
