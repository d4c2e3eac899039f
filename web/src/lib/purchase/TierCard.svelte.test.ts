import { render, screen } from '@testing-library/svelte'
import { afterEach, expect, test, vi } from 'vitest'
import { anEvent, aTier } from '$lib/fixtures'
import type { Tier } from '$lib/api/types'
import { Purchase } from './purchase.svelte'
import TierCard from './TierCard.svelte'

afterEach(() => void vi.useRealTimers())

function propsOf(tier: Tier) {
  const purchase = new Purchase({} as never, anEvent([tier]))
  return { tier, purchase, api: {} as never, heading: 'h3' as const, onunlock: vi.fn(), onstart: vi.fn() }
}

test('two perks of one title are both shown, without what kind of thing they are', () => {
  const perk = { title: 'Drink', provider: 'voucher', auto: true } as const
  render(TierCard, propsOf(aTier({ offers: [perk, perk] })))
  expect(screen.getByTestId('offers').textContent?.replace(/\s/g, '')).toBe('DrinkDrink')
})

test('a sale that should have begun is asked for until it has', async () => {
  vi.useFakeTimers({ shouldAdvanceTime: true })
  const sale_starts_at = new Date(Date.now() + 1_000).toISOString()
  const props = propsOf(aTier({ state: 'not_yet', sale_starts_at }))
  const { rerender } = render(TierCard, props)
  await screen.findByTestId('countdown')
  await vi.advanceTimersByTimeAsync(12_000)
  const asked = props.onstart.mock.calls.length
  expect(asked).toBeGreaterThan(2)
  await rerender({ tier: aTier({ sale_starts_at }) })
  await vi.advanceTimersByTimeAsync(12_000)
  expect(props.onstart).toHaveBeenCalledTimes(asked)
})
