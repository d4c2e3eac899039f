import { beforeEach, expect, test, vi } from 'vitest'
import { Tiles } from './tiles'

const SCREEN = { width: 1000, height: 500 }
const RESTING = true
const drawn: string[] = []
const copied = vi.fn()
let time = 0

/** Counts what is drawn; each bitmap takes so many milliseconds. */
function someTiles(milliseconds = 0): Tiles {
  const makePaint =
    (k: number) =>
    (_: unknown, { left, top }: { left: number; top: number }) => {
      drawn.push(`${k}: ${left}, ${top}`)
      time += milliseconds
    }
  return new Tiles(1, makePaint, 'white', () => time)
}

const pen = {
  fillRect: vi.fn(),
  drawImage: copied,
  translate: vi.fn(),
} as unknown as CanvasRenderingContext2D
const at = (x: number, y = 0, k = 1) => ({ x, y, k })

beforeEach(() => {
  drawn.length = 0
  time = 0
  copied.mockReset()
  vi.spyOn(HTMLCanvasElement.prototype, 'getContext').mockReturnValue(pen as never)
})

test('what a screen shows is drawn once and copied from then on', () => {
  const tiles = someTiles()
  expect(tiles.show(pen, at(0), SCREEN, RESTING)).toBe(true)
  expect(drawn).toEqual(['1: 0, 0', '1: 512, 0'])
  expect(tiles.show(pen, at(0), SCREEN, RESTING)).toBe(false)
  expect(drawn).toHaveLength(2)
  expect(copied).toHaveBeenCalledTimes(2)
})

test('panning draws only what comes into view', () => {
  const tiles = someTiles()
  tiles.show(pen, at(0), SCREEN, RESTING)
  tiles.show(pen, at(-600), SCREEN, RESTING)
  expect(drawn).toEqual(['1: 0, 0', '1: 512, 0', '1: 1024, 0', '1: 1536, 0'].slice(0, drawn.length))
  expect(drawn).toContain('1: 1024, 0')
})

test('a frame ends when its time is used up, and the next goes on', () => {
  const tiles = someTiles(20)
  expect(tiles.show(pen, at(0), SCREEN, RESTING)).toBe(true)
  expect(drawn).toHaveLength(1)
  expect(tiles.show(pen, at(0), SCREEN, RESTING)).toBe(true)
  expect(drawn).toHaveLength(2)
  expect(tiles.show(pen, at(0), SCREEN, RESTING)).toBe(false)
})

test('a changing scale stretches what is there, and sharp bitmaps are drawn at rest', () => {
  const tiles = someTiles()
  tiles.show(pen, at(0), SCREEN, RESTING)
  tiles.show(pen, at(0, 0, 1.3), SCREEN, !RESTING)
  expect(drawn.every((text) => text.startsWith('1: '))).toBe(true)
  tiles.show(pen, at(0, 0, 1.3), SCREEN, RESTING)
  expect(drawn.some((text) => text.startsWith('1.3: '))).toBe(true)
})

test('stretched too far, sharper bitmaps are drawn while the scale still changes', () => {
  const tiles = someTiles()
  tiles.show(pen, at(0), SCREEN, RESTING)
  tiles.show(pen, at(0, 0, 2), SCREEN, !RESTING)
  expect(drawn.some((text) => text.startsWith('2: '))).toBe(true)
})

test('only bitmaps on which something has changed are drawn anew', () => {
  const tiles = someTiles()
  tiles.show(pen, at(0), SCREEN, RESTING)
  drawn.length = 0
  tiles.outdate({ left: 600, top: 10, right: 601, bottom: 11 })
  tiles.show(pen, at(0), SCREEN, RESTING)
  expect(drawn).toEqual(['1: 512, 0'])
})
