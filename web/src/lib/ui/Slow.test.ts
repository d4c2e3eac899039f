import { render, screen } from '@testing-library/svelte'
import { tick } from 'svelte'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import Slow from './Slow.svelte'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

async function pass(milliseconds: number): Promise<string> {
  vi.advanceTimersByTime(milliseconds)
  await tick()
  return screen.getByTestId('slow').textContent?.trim() ?? ''
}

it('speaks up when something takes long, and is silent when it is done', async () => {
  const { rerender } = render(Slow, { busy: true })
  expect(await pass(3_900)).toBe('')
  expect(await pass(200)).toContain('longer than usual')
  await rerender({ busy: false })
  expect(await pass(0)).toBe('')
})
