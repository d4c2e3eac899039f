import { fireEvent, render, screen, within } from '@testing-library/svelte'
import { beforeEach, expect, it, vi } from 'vitest'
import type { GuestResult, Portal } from './api'
import { KeptJob } from '$lib/work/kept-job.svelte'
import { Cart } from './cart.svelte'
import { aGuest, aJob, Desk, inCart } from './fixtures'
import Review from './Review.svelte'

beforeEach(() => sessionStorage.clear())

const result = (contact_id: string, overrides: Partial<GuestResult> = {}): GuestResult => ({
  contact_id,
  result: 'distributed',
  code: null,
  reason: null,
  tickets: ['o-1'],
  at_fault: [],
  ...overrides,
})

async function show(desk: Desk, distribute: Portal['distribute'], job: Portal['job'] = vi.fn()) {
  const cart = new Cart(desk)
  await cart.load()
  const portal = { distribute, job }
  render(Review, {
    portal,
    cart,
    titles: new Map([['concert', 'The concert']]),
    kept: new KeptJob('cart'),
    onclose: vi.fn(),
    ondone: vi.fn(),
  })
}

const guest = (id: string) =>
  screen.getAllByTestId('review-guest').find((one) => one.dataset.contact === id) as HTMLElement

it('shows what each guest gets and what is missing, and who loses what', async () => {
  const holder = { name: 'Grace', email: 'grace@example.com', company: null, title: null }
  const desk = new Desk([
    aGuest('Ada', [1, 2]),
    aGuest('Bo'),
    aGuest('Cy', [], { tickets: [inCart(3, { fault: 'cancelled' })] }),
    aGuest('Di', [], { tickets: [inCart(4, { holder, state: 'distributed' })] }),
  ])
  await show(desk, vi.fn())
  expect(guest('ada').textContent).toContain('2 tickets The concert')
  expect(guest('bo').dataset.missing).toBe('tickets')
  expect(guest('cy').dataset.missing).toBe('fault')
  expect(within(guest('di')).getByTestId('losers').textContent).toContain('grace@example.com')
  expect(screen.getByTestId('distribute').textContent).toContain('Distribute to 2 guests')
})

it('takes tickets at fault out, so that their guest can be served', async () => {
  const desk = new Desk([aGuest('Cy', [], { tickets: [inCart(1), inCart(3, { fault: 'cancelled' })] })])
  await show(desk, vi.fn())
  await fireEvent.click(within(guest('cy')).getByTestId('take-out-faulty'))
  await vi.waitFor(() => expect(guest('cy').dataset.missing).toBeUndefined())
  expect(desk.ids('cy')).toEqual(['o-1'])
})

it('serves chosen guests, keeps the others, and tries those again who were refused', async () => {
  const desk = new Desk([aGuest('Ada', [1]), aGuest('Bo', [2]), aGuest('Cy', [3])])
  const distribute = vi.fn<Portal['distribute']>().mockImplementationOnce(() => {
    desk.lines.delete('ada')
    const refused = result('bo', {
      result: 'refused',
      code: 'x',
      reason: 'In use',
      tickets: [],
      at_fault: ['o-2'],
    })
    return Promise.resolve({ results: [result('ada'), refused], job: null })
  })
  await show(desk, distribute)
  await fireEvent.click(within(guest('cy')).getByTestId('choose-guest'))
  await fireEvent.click(screen.getByTestId('distribute'))
  expect((await screen.findByTestId('distributed')).textContent).toContain('Ada')
  expect(distribute.mock.lastCall?.[1]).toEqual(['ada', 'bo'])
  const refused = screen.getByTestId('refused-guest')
  expect(refused.textContent).toContain('In use')
  expect(refused.textContent).toContain('Hall · 1 · 2')
  expect(screen.getByTestId('still-in-cart').textContent).toContain('2 guests')
  distribute.mockImplementationOnce(() => {
    desk.lines.delete('bo')
    return Promise.resolve({ results: [result('bo')], job: null })
  })
  await fireEvent.click(screen.getByTestId('try-refused'))
  await vi.waitFor(() => expect(screen.queryByTestId('refused')).toBeNull())
  expect(distribute.mock.lastCall?.[1]).toEqual(['bo'])
  await vi.waitFor(() =>
    expect(screen.getAllByTestId('review-guest').map(({ dataset }) => dataset.contact)).toEqual(['cy']),
  )
})

it('tells apart who had left the cart already', async () => {
  const desk = new Desk([aGuest('Ada', [1])])
  const distribute = vi.fn<Portal['distribute']>().mockImplementation(() => {
    desk.lines.delete('ada')
    return Promise.resolve({ results: [result('ada', { result: 'not_in_cart', tickets: [] })], job: null })
  })
  await show(desk, distribute)
  await fireEvent.click(screen.getByTestId('distribute'))
  expect((await screen.findByTestId('not-in-cart')).textContent).toContain('Ada')
  expect(screen.getByTestId('all-served')).toBeTruthy()
})

it('tells what became of those who were served after the page was left', async () => {
  new KeptJob('cart').begin({ id: 'job' })
  const rows = ['changed' as const, 'changed' as const].map((result, at) => ({
    row: at + 1,
    result,
    reference: `gone-${at}`,
  }))
  const job = vi.fn<Portal['job']>(() => Promise.resolve(aJob({ dry_run: false, total: 2, rows })))
  await show(new Desk([aGuest('Bo', [2])]), vi.fn(), job)
  const told = await screen.findByTestId('distributed')
  expect(told.textContent).toContain('2 guests')
  expect(told.textContent).not.toContain('omebody')
  await fireEvent.click(screen.getByTestId('back-to-cart'))
  expect(new KeptJob('cart').now).toBeUndefined()
})
