import { expect, test } from 'vitest'
import { boxOf, centred, fitted, hullOf, inside, meet, shownBox, toPlan, toScreen } from './geometry'

const SQUARE = [
  { x: 0, y: 0 },
  { x: 4, y: 0 },
  { x: 4, y: 4 },
  { x: 0, y: 4 },
]
const SCREEN = { width: 200, height: 100 }

test('the outline of points leaves out those within', () => {
  const outline = hullOf([...SQUARE, { x: 2, y: 2 }, { x: 2, y: 0 }])
  expect(outline).toHaveLength(4)
  expect(outline).toEqual(expect.arrayContaining(SQUARE))
})

test('the outline of two points is these two', () => {
  expect(hullOf([SQUARE[1], SQUARE[0]] as typeof SQUARE)).toEqual(SQUARE.slice(0, 2))
})

test('a point is inside an outline or outside of it', () => {
  expect(inside(SQUARE, { x: 1, y: 3 })).toBe(true)
  expect(inside(SQUARE, { x: 5, y: 3 })).toBe(false)
  expect(inside(SQUARE, { x: 1, y: -1 })).toBe(false)
})

test('a box that is fitted touches the nearer edges of the screen and stands in its middle', () => {
  const view = fitted(boxOf(SQUARE), SCREEN)
  expect(toScreen(view, { x: 2, y: 2 })).toEqual({ x: 100, y: 50 })
  expect(toScreen(view, { x: 2, y: 0 }).y).toBe(0)
  expect(fitted(boxOf(SQUARE), SCREEN, 10).k).toBe(10)
})

test('what is on the screen is found on the plan again', () => {
  const view = centred({ x: 3, y: 1 }, 7, SCREEN)
  expect(toPlan(view, toScreen(view, { x: 5, y: 6 }))).toEqual({ x: 5, y: 6 })
  expect(shownBox(view, SCREEN)).toEqual({
    left: 3 - 100 / 7,
    top: 1 - 50 / 7,
    right: 3 + 100 / 7,
    bottom: 1 + 50 / 7,
  })
})

test('boxes meet where they share an edge and not where they stand apart', () => {
  const box = boxOf(SQUARE)
  expect(meet(box, { left: 4, top: 0, right: 6, bottom: 1 })).toBe(true)
  expect(meet(box, { left: 5, top: 0, right: 6, bottom: 1 })).toBe(false)
})
