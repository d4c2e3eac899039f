import { fireEvent, render, screen, waitFor } from '@testing-library/svelte'
import { beforeEach, expect, it, vi } from 'vitest'
import { Problem } from '$lib/api/problem'
import type { QuoteRequest } from '$lib/api/types'
import { anEvent, aPlacedOrder, aQuote, aTier, eur } from '$lib/fixtures'
import Checkout from './Checkout.svelte'
import { Purchase } from './purchase.svelte'

beforeEach(() => {
  sessionStorage.clear()
  localStorage.clear()
})

/** A quote of 10 euros a ticket, of which so many can be had. */
function quoteOf({ lines: [line] }: QuoteRequest, limit: number) {
  const quantity = line?.quantity ?? 0
  const [total, none] = [eur(1000 * quantity), eur(0)]
  const ids = { tier_id: 'tier', tier_title: 'Standard', price_id: 'price', label: '' }
  const quoted = { ...ids, quantity, unit: eur(1000), discount: none, tax: none, total, limit }
  return aQuote(1000 * quantity, { lines: [quoted], payment_methods: ['card', 'invoice'] })
}

function show({ limit = 10, quantity = 2 } = {}) {
  const api = {
    event: vi.fn().mockResolvedValue(anEvent([aTier()])),
    quote: vi.fn((_: string, asked: QuoteRequest) => Promise.resolve(quoteOf(asked, limit))),
    unlock: vi.fn(),
    place: vi.fn().mockResolvedValue(aPlacedOrder()),
    order: vi.fn(),
    cancel: vi.fn(),
  }
  const purchase = new Purchase(api, anEvent([aTier()]), {}, 0)
  purchase.draft.quantities['tier/price'] = quantity
  purchase.follow()
  const onplaced = vi.fn()
  render(Checkout, { purchase, onplaced })
  return { api, purchase, onplaced }
}

const field = (testid: string) => screen.getByTestId<HTMLInputElement>(testid)
const press = (testid: string) => fireEvent.click(screen.getByTestId(testid))

async function fill(): Promise<void> {
  await fireEvent.input(field('buyer-email'), { target: { value: 'kari@example.com' } })
  await fireEvent.input(field('buyer-name'), { target: { value: 'Kari' } })
}

it('lists what is missing, leads to each, and begins with the first', async () => {
  const { api } = show()
  await waitFor(() => screen.getByTestId('payment-invoice'))
  await fireEvent.click(field('payment-invoice').querySelector('input') as HTMLInputElement)
  await press('place-order')
  await waitFor(() => expect(document.activeElement).toBe(field('buyer-email')))
  const links = screen.getByTestId('faults').querySelectorAll('button')
  expect([...links].map((link) => link.querySelector('strong')?.textContent)).toEqual([
    'E-mail',
    'Name',
    'Company',
  ])
  await fireEvent.click(links[2] as HTMLButtonElement)
  expect(document.activeElement).toBe(field('billing-company'))
  expect(api.place).not.toHaveBeenCalled()
})

it('says what the button does and for how much, and hands over the order', async () => {
  const { onplaced } = show()
  await fill()
  await waitFor(() => expect(screen.getByTestId('place-order').textContent).toContain('Pay €20.00'))
  await press('place-order')
  await waitFor(() => expect(onplaced).toHaveBeenCalledOnce())
})

it('shows the former price beside the new one, and one more press takes it', async () => {
  const { api, onplaced } = show()
  await fill()
  await waitFor(() => expect(screen.getByTestId('total').dataset.pending).toBe('false'))
  api.place.mockRejectedValueOnce(new Problem(409, 'price_changed', 'The total has changed'))
  api.quote.mockResolvedValue(aQuote(2400))
  await press('place-order')
  await waitFor(() => expect(screen.getByTestId('former-total').textContent).toContain('€20.00'))
  expect(screen.getByTestId('total').textContent).toBe('€24.00')
  await press('place-order')
  await waitFor(() => expect(onplaced).toHaveBeenCalledOnce())
  expect(api.place.mock.lastCall?.[2]).toMatchObject({ total: eur(2400) })
})

it('offers what is left where it is less than what is chosen', async () => {
  const { purchase } = show({ limit: 1 })
  await waitFor(() => expect(screen.getByTestId('summary-fault').textContent).toContain('Only 1 left'))
  await press('take-left')
  expect(purchase.draft.quantities['tier/price']).toBe(1)
})

it('offers the address that was probably meant', async () => {
  const { purchase } = show()
  await fireEvent.input(field('buyer-email'), { target: { value: 'kari@gmial.com' } })
  await press('meant-email')
  expect(purchase.draft.email).toBe('kari@gmail.com')
  expect(screen.queryByTestId('meant-email')).toBeNull()
})
