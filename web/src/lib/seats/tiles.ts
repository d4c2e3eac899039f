/**
 * The picture of a large plan, kept as square bitmaps. A frame copies the bitmaps that it shows, stretched while the
 * scale changes; those that are missing are drawn within the frame's time, the middle of the screen first.
 */
import { shownBox, type Box, type Size, type View } from './geometry'

const SIDE = 512
const MOST_KEPT = 64
const FRAME_BUDGET_MS = 8
/** How far bitmaps are stretched before sharp ones are begun. */
const STRETCH = 1.6

/** Draws a box of the plan at a scale, with a pen whose origin is the plan's. */
export type Paint = (pen: CanvasRenderingContext2D, box: Box) => void

interface Place {
  column: number
  row: number
}

interface Tile extends Place {
  canvas: HTMLCanvasElement
  stale: boolean
}

/** The bitmaps of one scale. */
class Layer {
  readonly #tiles = new Map<string, Tile>()
  readonly #paint: Paint

  constructor(
    readonly k: number,
    makePaint: (k: number) => Paint,
    private readonly ground: string,
  ) {
    this.#paint = makePaint(k)
  }

  /** Copies what is there to the screen; returns what is not, or not as it is now, the middle first. */
  show(screen: CanvasRenderingContext2D, view: View, size: Size): Place[] {
    const stretch = view.k / this.k
    const drawn = stretch === 1 ? SIDE : Math.ceil(SIDE * stretch) + 1
    const places = this.#places(view, size)
    for (const { column, row } of places) {
      const tile = this.#take(column, row)
      if (!tile) continue
      const x = Math.round(column * SIDE * stretch + view.x)
      const y = Math.round(row * SIDE * stretch + view.y)
      screen.drawImage(tile.canvas, x, y, drawn, drawn)
    }
    return places.filter(({ column, row }) => this.#tiles.get(nameOf(column, row))?.stale ?? true)
  }

  covers(view: View, size: Size): boolean {
    return this.#places(view, size).every(({ column, row }) => this.#tiles.has(nameOf(column, row)))
  }

  #places(view: View, size: Size): Place[] {
    const side = SIDE / this.k
    const { left, top, right, bottom } = shownBox(view, size)
    const places: (Place & { far: number })[] = []
    for (let row = Math.floor(top / side); row * side < bottom; row++) {
      for (let column = Math.floor(left / side); column * side < right; column++) {
        const far = Math.hypot(
          (column + 0.5) * side - (left + right) / 2,
          (row + 0.5) * side - (top + bottom) / 2,
        )
        places.push({ column, row, far })
      }
    }
    return places.sort((one, other) => one.far - other.far)
  }

  /** Finds a bitmap and notes that it was used last. */
  #take(column: number, row: number): Tile | undefined {
    const name = nameOf(column, row)
    const tile = this.#tiles.get(name)
    if (tile) {
      this.#tiles.delete(name)
      this.#tiles.set(name, tile)
    }
    return tile
  }

  draw({ column, row }: Place): void {
    const side = SIDE / this.k
    const canvas = document.createElement('canvas')
    canvas.width = canvas.height = SIDE
    const pen = canvas.getContext('2d', { alpha: false }) as CanvasRenderingContext2D
    pen.fillStyle = this.ground
    pen.fillRect(0, 0, SIDE, SIDE)
    pen.translate(-column * SIDE, -row * SIDE)
    const [left, top] = [column * side, row * side]
    this.#paint(pen, { left, top, right: left + side, bottom: top + side })
    this.#tiles.set(nameOf(column, row), { column, row, canvas, stale: false })
    const [oldest] = this.#tiles.keys()
    if (this.#tiles.size > MOST_KEPT && oldest) this.#tiles.delete(oldest)
  }

  /** What stands in a box is no more as it was drawn. */
  outdate({ left, top, right, bottom }: Box): void {
    const side = SIDE / this.k
    for (const tile of this.#tiles.values()) {
      const [x, y] = [tile.column * side, tile.row * side]
      if (x <= right && left <= x + side && y <= bottom && top <= y + side) tile.stale = true
    }
  }
}

function nameOf(column: number, row: number): string {
  return `${column} ${row}`
}

export class Tiles {
  /** The whole plan, coarse: it stands wherever nothing better is drawn yet. */
  readonly #overview: Layer
  #former: Layer | undefined
  #sharp: Layer

  constructor(
    overviewScale: number,
    private readonly makePaint: (k: number) => Paint,
    private readonly ground: string,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.#overview = this.#sharp = this.#layer(overviewScale)
  }

  /**
   * Shows a view, whose numbers are device pixels, and draws some of what is missing. `resting` says that the scale
   * does not change at the moment. Returns whether there is more to draw.
   */
  show(screen: CanvasRenderingContext2D, view: View, size: Size, resting: boolean): boolean {
    const stretch = view.k / this.#sharp.k
    if ((resting && stretch !== 1) || stretch > STRETCH || stretch < 1 / STRETCH) this.#begin(view.k)
    if (!this.#sharp.covers(view, size)) {
      screen.fillStyle = this.ground
      screen.fillRect(0, 0, size.width, size.height)
      this.#overview.show(screen, view, size)
      this.#former?.show(screen, view, size)
    }
    const missing = this.#sharp.show(screen, view, size)
    if (missing.length === 0) this.#former = undefined
    const end = this.now() + FRAME_BUDGET_MS
    for (const [drawn, place] of missing.entries()) {
      if (drawn > 0 && this.now() > end) break
      this.#sharp.draw(place)
    }
    return missing.length > 0
  }

  outdate(box: Box): void {
    for (const layer of new Set([this.#overview, this.#sharp])) layer.outdate(box)
  }

  #layer(k: number): Layer {
    return new Layer(k, this.makePaint, this.ground)
  }

  #begin(k: number): void {
    if (this.#sharp !== this.#overview) this.#former = this.#sharp
    this.#sharp = k === this.#overview.k ? this.#overview : this.#layer(k)
  }
}
