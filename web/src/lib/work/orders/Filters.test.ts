import { fireEvent, render, screen } from '@testing-library/svelte'
import { beforeEach, expect, it, vi } from 'vitest'
import Filters from './Filters.svelte'
import type { Wanted } from './wanted'

beforeEach(() => {
  vi.useFakeTimers()
  return () => vi.useRealTimers()
})

function show(wanted: Wanted = {}) {
  const onwant = vi.fn<(wanted: Wanted, typing?: boolean) => void>()
  const { rerender } = render(Filters, { wanted, tiers: [], organizations: [], onwant })
  return { onwant, go: (next: Wanted) => rerender({ wanted: next }) }
}

const field = () => screen.getByTestId<HTMLInputElement>('search')
const type = (value: string) => fireEvent.input(field(), { target: { value } })

it('keeps what is being typed while another filter, or what was typed before, comes into the address', async () => {
  const { onwant, go } = show()
  await type('fjo')
  await go({ method: 'card' })
  expect(field().value).toBe('fjo')
  await vi.advanceTimersByTimeAsync(300)
  expect(onwant).toHaveBeenLastCalledWith({ method: 'card', q: 'fjo' }, true)
  await type('fjord')
  await go({ method: 'card', q: 'fjo' })
  expect(field().value).toBe('fjord')
  await vi.advanceTimersByTimeAsync(300)
  expect(onwant).toHaveBeenLastCalledWith({ method: 'card', q: 'fjord' }, true)
})

it('shows the words of an address that is gone back to', async () => {
  const { go } = show({ q: 'fjord' })
  await go({ q: 'polar' })
  expect(field().value).toBe('polar')
})

it('leaves the focus at the filters when the one that had it is taken off', async () => {
  const { onwant } = show({ method: 'card', q: 'fjord' })
  await fireEvent.click(screen.getByTestId('drop-filter'))
  expect(onwant).toHaveBeenLastCalledWith({ q: 'fjord' }, false)
  expect(document.activeElement).toBe(screen.getByTestId('show-filters'))
  await fireEvent.click(screen.getByTestId('clear-filters'))
  expect(onwant).toHaveBeenLastCalledWith({})
  expect(field().value).toBe('')
})
