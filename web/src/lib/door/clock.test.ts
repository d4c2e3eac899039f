import { describe, expect, it } from 'vitest'
import { DoorClock } from './clock'

const at = (milliseconds: number) => new Date(milliseconds).toISOString()

describe("the door's clock", () => {
  it('takes the difference from the middle of a request', () => {
    const clock = new DoorClock(undefined, () => 10_000)
    clock.measure(at(70_000), 9_800, 10_200)
    expect(clock.offset).toBe(60_000)
    expect(clock.now()).toBe(70_000)
  })

  it('keeps the better measurement, also over a reload', () => {
    const clock = new DoorClock()
    const kept = clock.measure(at(70_000), 9_900, 10_100)
    expect(clock.measure(at(71_900), 9_000, 14_000)).toBe(kept)
    expect(new DoorClock(kept).offset).toBe(60_000)
  })

  it('follows when the clock was set', () => {
    const clock = new DoorClock(undefined, () => 3_610_000)
    clock.measure(at(70_000), 9_900, 10_100)
    clock.measure(at(70_500), 3_609_000, 3_612_000)
    expect(clock.offset).toBe(70_500 - 3_610_500)
  })

  it('never tells the same time twice', () => {
    const clock = new DoorClock(undefined, () => 5)
    expect([clock.now(), clock.now(), clock.now()]).toEqual([5, 6, 7])
  })
})
