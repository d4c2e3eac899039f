import { expect, it } from 'vitest'
import { bars } from './chart'

const minute = (at: string, total: number) => ({ at, total, gates: [] })

it('is empty before anybody has come', () => {
  expect(bars([])).toEqual({ span: 1, bars: [] })
})

it('has a bar for each minute, also for those in which nobody came', () => {
  const told = bars([minute('2027-03-01T10:00:00Z', 3), minute('2027-03-01T10:03:00Z', 2)])
  expect([told.span, told.bars.map(({ count }) => count)]).toEqual([1, [3, 0, 0, 2]])
})

it('sums longer spans so that the bars can be told apart, and loses nobody', () => {
  const minutes = Array.from({ length: 600 }, (_, number) =>
    minute(new Date(Date.UTC(2027, 2, 1, 8) + number * 60_000).toISOString(), 1),
  )
  const told = bars(minutes)
  expect(told.span).toBe(15)
  expect(told.bars).toHaveLength(40)
  expect(told.bars.reduce((sum, { count }) => sum + count, 0)).toBe(600)
})
