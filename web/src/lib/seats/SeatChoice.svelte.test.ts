import { fireEvent, render, screen, within } from '@testing-library/svelte'
import { beforeEach, expect, test, vi } from 'vitest'
import type { Api } from '$lib/api/client'
import { anEvent, aQuote, aTier } from '$lib/fixtures'
import { Purchase } from '$lib/purchase/purchase.svelte'
import { aPlan, aSection } from './fixtures'
import SeatChoice from './SeatChoice.svelte'

const PLAN = aPlan([aSection('stalls', { _1_2: { state: 'taken' }, _1_3: { restricted: 'a pillar' } })])

beforeEach(() => {
  sessionStorage.clear()
  vi.stubGlobal('matchMedia', () => ({
    matches: false,
    addEventListener: vi.fn(),
    removeEventListener: vi.fn(),
  }))
  vi.stubGlobal(
    'ResizeObserver',
    class {
      observe = vi.fn()
      disconnect = vi.fn()
    },
  )
  const pen = new Proxy({}, { get: () => vi.fn(), set: () => true })
  vi.spyOn(HTMLCanvasElement.prototype, 'getContext').mockReturnValue(pen as never)
})

function shown(overrides: Partial<Pick<Api, 'seats' | 'seatStates' | 'bestSeats'>> = {}) {
  const tier = aTier({ id: 'stalls', title: 'Stalls', seat_choice: 'pick' })
  const purchase = new Purchase({ quote: () => Promise.resolve(aQuote(0)) } as never, anEvent([tier]))
  const api = { seats: () => Promise.resolve(PLAN), seatStates: vi.fn(), bestSeats: vi.fn(), ...overrides }
  render(SeatChoice, { purchase, api: api as never })
  return purchase
}

async function list(): Promise<HTMLElement> {
  await fireEvent.click(await screen.findByTestId('show-list'))
  return screen.getByTestId('seat-list')
}

test('a seat is chosen in the list by its section, row and number', async () => {
  const purchase = shown()
  const seat = within(await list()).getByRole('checkbox', { name: /^Seat 4/ })
  await fireEvent.click(seat)
  expect(purchase.choices[0]?.seats).toEqual(['stalls-1-4'])
  expect(screen.getByTestId('chosen-seat').textContent).toContain('Stalls · Row 1 · Seat 4')
})

test('a taken seat stands in the list and cannot be chosen', async () => {
  shown()
  const taken = within(await list()).getByRole<HTMLInputElement>('checkbox', { name: /^Seat 2/ })
  expect(taken.disabled).toBe(true)
})

test('a hindered view is told beside the price', async () => {
  shown()
  expect((await list()).textContent).toContain('View restricted: a pillar')
})

test('seats that somebody else has when the plan is read are let go and named', async () => {
  sessionStorage.setItem(
    'admit.draft.summer-fair',
    JSON.stringify({
      quantities: { 'stalls/price': 2 },
      seats: { 'stalls/price': ['stalls-1-1', 'stalls-1-2'] },
    }),
  )
  const purchase = shown()
  expect((await screen.findByTestId('lost-seats')).textContent).toContain('Stalls · Row 1 · Seat 2')
  expect(purchase.choices[0]?.seats).toEqual(['stalls-1-1'])
})

test('a plan that cannot be read is told, and read again on request', async () => {
  const seats = vi.fn().mockRejectedValueOnce(new Error('offline')).mockResolvedValue(PLAN)
  shown({ seats })
  await fireEvent.click(await screen.findByTestId('retry'))
  expect(await screen.findByTestId('seat-map')).toBeTruthy()
})
