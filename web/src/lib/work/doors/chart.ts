import type { DoorInsight } from './api'

export interface Bar {
  /** When it begins, in milliseconds. */
  at: number
  count: number
}

const MINUTE = 60_000
/** As many bars can be told apart at most. */
const MOST = 60
const SPANS = [1, 5, 15, 60, 240, 1440]

/** Sums arrivals into bars of equal spans, from the first to the last; spans in which nobody came are there too. */
export function bars(minutes: DoorInsight['minutes']): { span: number; bars: Bar[] } {
  const times = minutes.map((minute) => Date.parse(minute.at))
  const [first, last] = [Math.min(...times), Math.max(...times)]
  if (times.length === 0) return { span: 1, bars: [] }
  const span = SPANS.find((one) => (last - first) / (one * MINUTE) < MOST) ?? 1440
  const width = span * MINUTE
  const begin = Math.floor(first / width) * width
  const found = Array.from({ length: Math.floor((last - begin) / width) + 1 }, (_, number) => ({
    at: begin + number * width,
    count: 0,
  }))
  for (const [at, minute] of minutes.entries()) {
    const bar = found[Math.floor(((times[at] ?? begin) - begin) / width)]
    if (bar) bar.count += minute.total
  }
  return { span, bars: found }
}
