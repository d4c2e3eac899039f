import { render, screen } from '@testing-library/svelte'
import { expect, it } from 'vitest'
import { aPlacedOrder, aRefund, eur } from '$lib/fixtures'
import OrderMoney from './OrderMoney.svelte'

const text = (id: string) => screen.getByTestId(id).textContent.replace(/\s+/g, ' ').trim()

it('says what is paid, what was credited and what is left of an invoice', () => {
  render(OrderMoney, {
    order: aPlacedOrder({
      payment_method: 'invoice',
      payment_status: 'partially_paid',
      total: eur(3000),
      owed: eur(2000),
      paid: eur(500),
      due_at: '2026-07-01T10:00:00Z',
    }),
  })
  expect(screen.getByTestId('money').dataset.status).toBe('partially_paid')
  expect([text('credited'), text('paid'), text('left-to-pay')]).toEqual(['€10.00', '€5.00', '€15.00'])
})

it('names each refund with how far it is and for which tickets', () => {
  const refunds = [
    aRefund({ status: 'succeeded', tickets: [2, 3] }),
    aRefund({ sequence: 2, by: 'bank', amount: eur(250) }),
  ]
  render(OrderMoney, {
    order: aPlacedOrder({ status: 'fulfilled', payment_status: 'partially_refunded', refunds }),
  })
  const rows = screen.getAllByTestId('refund').map((row) => row.textContent.replace(/\s+/g, ' ').trim())
  expect(rows[0]).toMatch(/^Sent for tickets 2, 3 ?€10\.00$/)
  expect(rows[1]).toMatch(/^The organizer is about to send it ?€2\.50$/)
  expect(screen.queryByTestId('left-to-pay')).toBeNull()
})

it('links invoices and credit notes', () => {
  const issued = { amount: eur(1000), issued_at: '2026-06-01T10:00:00Z' }
  render(OrderMoney, {
    order: aPlacedOrder({
      documents: [
        { ...issued, kind: 'invoice', number: 'INV-000007', url: 'https://api.example/invoice' },
        { ...issued, kind: 'credit_note', number: 'CN-000001', url: 'https://api.example/note' },
      ],
    }),
  })
  const links = screen.getAllByRole<HTMLAnchorElement>('link').map((link) => [link.textContent, link.href])
  expect(links).toEqual([
    ['Invoice INV-000007', 'https://api.example/invoice'],
    ['Credit note CN-000001', 'https://api.example/note'],
  ])
})
