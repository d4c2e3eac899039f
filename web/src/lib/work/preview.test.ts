import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { Problem } from '$lib/api/problem'
import { Preview } from './preview.svelte'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

it('shows the first at once, and of several in a row the last', async () => {
  const ask = vi.fn((wanted: string) => Promise.resolve(`${wanted} drawn`))
  const preview = new Preview(ask)
  preview.show('a')
  await vi.advanceTimersByTimeAsync(0)
  expect([preview.seen, preview.stale]).toEqual(['a drawn', false])
  preview.show('b')
  preview.show('c')
  await vi.advanceTimersByTimeAsync(0)
  expect([preview.seen, preview.stale]).toEqual(['a drawn', true])
  await vi.runAllTimersAsync()
  expect([preview.seen, preview.stale]).toEqual(['c drawn', false])
  expect(ask).toHaveBeenCalledTimes(2)
})

it('is not overtaken by an answer to what was wanted earlier', async () => {
  const answers: ((seen: string) => void)[] = []
  const preview = new Preview(() => new Promise<string>((answer) => answers.push(answer)))
  preview.show('a')
  await vi.runAllTimersAsync()
  preview.show('b')
  await vi.runAllTimersAsync()
  answers[1]?.('b drawn')
  answers[0]?.('a drawn')
  await vi.runAllTimersAsync()
  expect(preview.seen).toBe('b drawn')
})

it('keeps what was seen beside what is refused, and asks again for the same', async () => {
  const ask = vi.fn((wanted: string) => Promise.resolve(`${wanted} drawn`))
  const preview = new Preview(ask)
  preview.show('a')
  await vi.runAllTimersAsync()
  ask.mockRejectedValueOnce(new Problem(503, 'unavailable', 'Later.'))
  preview.show('b')
  await vi.runAllTimersAsync()
  expect([preview.seen, preview.stale, preview.problem?.code]).toEqual(['a drawn', true, 'unavailable'])
  await preview.look()
  expect([preview.seen, preview.stale, preview.problem]).toEqual(['b drawn', false, undefined])
})

it('asks for nothing once it is stopped', async () => {
  const ask = vi.fn(() => Promise.resolve('drawn'))
  const preview = new Preview(ask)
  preview.show('a')
  preview.stop()
  await vi.runAllTimersAsync()
  expect(ask).not.toHaveBeenCalled()
})
