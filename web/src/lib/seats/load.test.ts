import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { SeatStates } from '$lib/api/types'
import { aHouse, aPlan, aSection } from './fixtures'
import { followStates, loadHouse } from './load'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const told = (rows: Record<string, string>, overrides: Partial<SeatStates> = {}): SeatStates => ({
  version: 'later',
  plan: 1,
  since: 'before',
  rows,
  ...overrides,
})

function following(seatStates: (slug: string, since: string | null) => Promise<SeatStates>) {
  const onchange = vi.fn()
  const onreplan = vi.fn()
  const asked = vi.fn(seatStates)
  const stop = followStates({ seatStates: asked }, 'summer-fair', aHouse(), { onchange, onreplan }, 1_000)
  return { onchange, onreplan, asked, stop }
}

test('sections that are too many for one answer are read one by one', async () => {
  const whole = aPlan()
  const seats = vi.fn((_: string, section?: string) => {
    const all = whole.sections
    const sections = section
      ? all.filter(({ id }) => id === section)
      : all.map((one) => ({ ...one, rows: null }))
    return Promise.resolve({ ...whole, sections })
  })
  const house = await loadHouse({ seats }, 'summer-fair')
  expect(house.seats).toHaveLength(20)
  expect(house.sections.map(({ id }) => id)).toEqual(['stalls', 'balcony'])
  expect(seats).toHaveBeenCalledTimes(3)
})

test('a house that came at once is read with one call', async () => {
  const seats = vi.fn(() => Promise.resolve(aPlan([aSection('stalls')])))
  await loadHouse({ seats }, 'summer-fair')
  expect(seats).toHaveBeenCalledTimes(1)
})

test('what has changed is told, each time since the version before', async () => {
  const { asked, onchange } = following(() => Promise.resolve(told({ 'stalls-1': 'tffff' })))
  await vi.advanceTimersByTimeAsync(2_000)
  expect(asked.mock.calls.map(([, since]) => since)).toEqual([null, 'later'])
  expect(onchange).toHaveBeenCalledTimes(1)
})

test('another plan is told and changes no seat', async () => {
  const { onchange, onreplan } = following(() => Promise.resolve(told({ 'stalls-1': 'ttttt' }, { plan: 2 })))
  await vi.advanceTimersByTimeAsync(1_000)
  expect(onreplan).toHaveBeenCalledTimes(1)
  expect(onchange).not.toHaveBeenCalled()
})

test('an answer that fails is asked for again', async () => {
  let calls = 0
  const { onchange } = following(() =>
    calls++ ? Promise.resolve(told({ 'stalls-1': 'tffff' })) : Promise.reject(new Error('offline')),
  )
  await vi.advanceTimersByTimeAsync(2_000)
  expect(onchange).toHaveBeenCalledTimes(1)
})

test('an answer that comes after a later one changes nothing', async () => {
  const answers: ((told: SeatStates) => void)[] = []
  const { onchange } = following(() => new Promise((answer) => answers.push(answer)))
  await vi.advanceTimersByTimeAsync(2_000)
  answers[1]?.(told({ 'stalls-1': 'tffff' }))
  await vi.advanceTimersByTimeAsync(0)
  answers[0]?.(told({}, { since: null }))
  await vi.advanceTimersByTimeAsync(0)
  expect(onchange).toHaveBeenCalledTimes(1)
})

test('a page that nobody sees asks nothing, and one that is left has ended', async () => {
  const hidden = vi.spyOn(document, 'hidden', 'get').mockReturnValue(true)
  const { asked, stop } = following(() => Promise.resolve(told({})))
  await vi.advanceTimersByTimeAsync(3_000)
  expect(asked).not.toHaveBeenCalled()
  hidden.mockReturnValue(false)
  document.dispatchEvent(new Event('visibilitychange'))
  expect(asked).toHaveBeenCalledTimes(1)
  stop()
  await vi.advanceTimersByTimeAsync(3_000)
  expect(asked).toHaveBeenCalledTimes(1)
})
