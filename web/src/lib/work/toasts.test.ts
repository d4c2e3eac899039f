import { fireEvent, render, screen } from '@testing-library/svelte'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { tick } from 'svelte'
import Toasts from './Toasts.svelte'
import { dismiss, shownToasts, toast } from './toasts.svelte'

beforeEach(() => {
  vi.useFakeTimers()
})

afterEach(() => {
  shownToasts().forEach(({ id }) => dismiss(id))
  vi.useRealTimers()
})

it('says what was done for a while', async () => {
  render(Toasts)
  toast('The order is settled.')
  await tick()
  expect(screen.getByRole('status').textContent).toContain('The order is settled.')
  vi.advanceTimersByTime(10_000)
  await tick()
  expect(screen.queryByTestId('toast')).toBeNull()
})

it('keeps what went wrong until it is put away', async () => {
  render(Toasts)
  toast('Two rows failed.', { tone: 'bad' })
  vi.advanceTimersByTime(60_000)
  await tick()
  expect(screen.getByTestId('toast').dataset.tone).toBe('bad')
  await fireEvent.click(screen.getByRole('button', { name: 'Close' }))
  expect(screen.queryByTestId('toast')).toBeNull()
})

it('does once what it offers', async () => {
  const run = vi.fn()
  render(Toasts)
  toast('Removed.', { action: { label: 'Undo', run } })
  await tick()
  await fireEvent.click(screen.getByRole('button', { name: 'Undo' }))
  expect(run).toHaveBeenCalledOnce()
  expect(screen.queryByTestId('toast')).toBeNull()
})
