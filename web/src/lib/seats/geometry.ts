/** Points, boxes and outlines of a house, in the units of its plan: x to the right, y away from the stage. */

export interface Point {
  x: number
  y: number
}

export interface Box {
  left: number
  top: number
  right: number
  bottom: number
}

/** A view of the plan: a point of it at x, y stands on the screen at `x * k + this.x`, `y * k + this.y`. */
export interface View extends Point {
  k: number
}

export interface Size {
  width: number
  height: number
}

export function boxOf(points: readonly Point[], margin = 0): Box {
  const box = { left: Infinity, top: Infinity, right: -Infinity, bottom: -Infinity }
  for (const { x, y } of points) {
    box.left = Math.min(box.left, x - margin)
    box.top = Math.min(box.top, y - margin)
    box.right = Math.max(box.right, x + margin)
    box.bottom = Math.max(box.bottom, y + margin)
  }
  return box
}

export function middleOf({ left, top, right, bottom }: Box): Point {
  return { x: (left + right) / 2, y: (top + bottom) / 2 }
}

/** Whether two boxes have a point in common. */
export function meet(one: Box, other: Box): boolean {
  return (
    one.left <= other.right && other.left <= one.right && one.top <= other.bottom && other.top <= one.bottom
  )
}

/** The view in which a box is as large as fits, in the middle of the screen. */
export function fitted(box: Box, { width, height }: Size, largest = Infinity): View {
  const k = Math.min(width / (box.right - box.left), height / (box.bottom - box.top), largest)
  return centred(middleOf(box), k, { width, height })
}

/** The view of a scale that has a point in the middle of the screen. */
export function centred(point: Point, k: number, { width, height }: Size): View {
  return { k, x: width / 2 - point.x * k, y: height / 2 - point.y * k }
}

export function toPlan(view: View, { x, y }: Point): Point {
  return { x: (x - view.x) / view.k, y: (y - view.y) / view.k }
}

export function toScreen(view: View, { x, y }: Point): Point {
  return { x: x * view.k + view.x, y: y * view.k + view.y }
}

/** The part of the plan that a view shows. */
export function shownBox(view: View, { width, height }: Size): Box {
  const start = toPlan(view, { x: 0, y: 0 })
  const end = toPlan(view, { x: width, y: height })
  return { left: start.x, top: start.y, right: end.x, bottom: end.y }
}

/** The convex hull of points, clockwise on the screen (Andrew's monotone chain). */
export function hullOf(points: readonly Point[]): Point[] {
  const sorted = [...points].sort((a, b) => a.x - b.x || a.y - b.y)
  if (sorted.length < 3) return sorted
  const half = (ordered: readonly Point[]): Point[] => {
    const chain: Point[] = []
    for (const point of ordered) {
      while (chain.length >= 2 && turn(chain.at(-2) as Point, chain.at(-1) as Point, point) <= 0) chain.pop()
      chain.push(point)
    }
    return chain.slice(0, -1)
  }
  return [...half(sorted), ...half(sorted.reverse())]
}

function turn(a: Point, b: Point, c: Point): number {
  return (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x)
}

/** Whether a point lies in a polygon (even-odd rule). */
export function inside(polygon: readonly Point[], { x, y }: Point): boolean {
  return polygon.reduce((odd, a, at) => {
    const b = polygon.at(at - 1) as Point
    const crosses = a.y > y !== b.y > y && x < ((b.x - a.x) * (y - a.y)) / (b.y - a.y) + a.x
    return crosses ? !odd : odd
  }, false)
}
