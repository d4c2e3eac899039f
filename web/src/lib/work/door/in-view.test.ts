import { expect, it } from 'vitest'
import { InView, OUT_OF_VIEW } from './in-view'

it('tells a code once, however long it stays in view', () => {
  const view = new InView()
  const looks = Array.from({ length: 200 }, (_, number) => number * 100)
  expect(looks.filter((at) => view.isNew('A', at))).toEqual([0])
})

it('tells a code again that was away, and another one at once', () => {
  const view = new InView()
  expect(view.isNew('A', 0)).toBe(true)
  expect(view.isNew('B', 100)).toBe(true)
  expect(view.isNew('A', OUT_OF_VIEW - 1)).toBe(false)
  expect(view.isNew('A', 2 * OUT_OF_VIEW - 2)).toBe(false)
  expect(view.isNew('A', 3 * OUT_OF_VIEW - 2)).toBe(true)
})

it('holds a code in view that nobody wants to be told of now, and only that', () => {
  const view = new InView()
  expect(view.isNew('A', 0)).toBe(true)
  for (let at = 100; at <= 2 * OUT_OF_VIEW; at += 100) {
    view.still('A', at)
    view.still('B', at)
  }
  expect(view.isNew('A', 2 * OUT_OF_VIEW + 100)).toBe(false)
  expect(view.isNew('B', 2 * OUT_OF_VIEW + 100)).toBe(true)
})
