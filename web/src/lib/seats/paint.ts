/** How seats look: a colour and a pattern for each category, and what tells free, taken, given and chosen apart. */
import type { Seat, Section } from './house'
import { meet, type Box } from './geometry'

/** What a seat is to who looks: to be had, gone, given to somebody (of one's own), or not what is looked for. */
export type Look = 'free' | 'taken' | 'given' | 'faint'

export interface Palette {
  categories: readonly string[]
  onSeat: string
  ground: string
  sunken: string
  line: string
  edge: string
  text: string
  muted: string
  accent: string
  font: string
}

const SEAT_COLOURS = ['--seat-1', '--seat-2', '--seat-3', '--seat-4', '--seat-5', '--seat-6']

/** Reads the colours of the page as they are now, light or dark. */
export function paletteOf(element: HTMLElement): Palette {
  const probe = document.createElement('span')
  element.append(probe)
  const colour = (name: string) => {
    probe.style.color = `var(${name})`
    return getComputedStyle(probe).color
  }
  const palette = {
    categories: SEAT_COLOURS.map(colour),
    onSeat: colour('--on-seat'),
    ground: colour('--surface'),
    sunken: colour('--sunken'),
    line: colour('--line'),
    edge: colour('--edge'),
    text: colour('--text'),
    muted: colour('--muted'),
    accent: colour('--accent'),
    font: getComputedStyle(element).fontFamily,
  }
  probe.remove()
  return palette
}

export function colourOf(palette: Palette, category: number): string {
  return palette.categories[category % palette.categories.length] as string
}

/** Lines and dots of a pattern in a square from -1 to 1. No two categories share both colour and pattern. */
const PATTERNS: ((pen: CanvasRenderingContext2D) => void)[] = [
  () => undefined,
  (pen) => dot(pen, 0, 0, 0.42),
  (pen) => lines(pen, [-1, 0, 1, 0]),
  (pen) => lines(pen, [0, -1, 0, 1]),
  (pen) => lines(pen, [-1, 1, 1, -1]),
  (pen) => lines(pen, [-1, 0, 1, 0], [0, -1, 0, 1]),
  (pen) => lines(pen, [-1, -0.4, 1, -0.4], [-1, 0.4, 1, 0.4]),
  (pen) => lines(pen, [-1, -1, 1, 1], [-1, 1, 1, -1]),
]

function dot(
  pen: CanvasRenderingContext2D,
  x: number,
  y: number,
  radius: number,
  colour = pen.fillStyle,
): void {
  pen.fillStyle = colour
  pen.beginPath()
  pen.arc(x, y, radius, 0, 2 * Math.PI)
  pen.fill()
}

function lines(pen: CanvasRenderingContext2D, ...ends: [number, number, number, number][]): void {
  pen.beginPath()
  for (const [x, y, toX, toY] of ends) {
    pen.moveTo(x, y)
    pen.lineTo(toX, toY)
  }
  pen.stroke()
}

/** Draws the pattern of a category into a circle or square of this radius around a point. */
function pattern(pen: CanvasRenderingContext2D, category: number, radius: number): void {
  const draw = PATTERNS[(category + Math.floor(category / SEAT_COLOURS.length)) % PATTERNS.length]
  pen.save()
  pen.clip()
  pen.scale(radius, radius)
  pen.lineWidth = 0.34
  draw?.(pen)
  pen.restore()
}

/** What a seat shows: seats that show the same share one picture. */
export interface Shown {
  category: number
  look: Look
  kind: Seat['kind']
  restricted: boolean
}

/** Draws a seat around the origin. `plainly` leaves room for its number. */
export function paintSeat(
  pen: CanvasRenderingContext2D,
  palette: Palette,
  radius: number,
  { category, look, kind, restricted }: Shown,
  plainly = false,
): void {
  const colour = colourOf(palette, category)
  const line = Math.max(1, radius * 0.16)
  outline(pen, kind, look === 'faint' ? radius * 0.55 : radius - line / 2)
  if (look === 'faint') {
    pen.fillStyle = palette.line
    pen.fill()
    return
  }
  if (look === 'taken') {
    pen.fillStyle = palette.ground
    pen.fill()
    pen.strokeStyle = palette.line
    pen.lineWidth = line
    pen.stroke()
    return
  }
  pen.fillStyle = look === 'given' ? palette.ground : colour
  pen.fill()
  pen.strokeStyle = colour
  pen.lineWidth = look === 'given' ? line * 1.5 : line
  pen.stroke()
  if (radius < 3) return
  pen.save()
  pen.globalAlpha = plainly ? 0.25 : 0.8
  pen.fillStyle = pen.strokeStyle = look === 'given' ? colour : palette.onSeat
  pattern(pen, category, radius)
  pen.restore()
  outline(pen, kind, radius)
  if (restricted) bite(pen, palette, radius)
  if (kind === 'accessible' && !plainly && radius >= 6) wheelchair(pen, palette, colour, radius)
}

/** Standard seats are round, accessible ones and those beside them square. */
function outline(pen: CanvasRenderingContext2D, kind: Seat['kind'], radius: number): void {
  pen.beginPath()
  if (kind === 'standard') pen.arc(0, 0, radius, 0, 2 * Math.PI)
  else pen.roundRect(-radius, -radius, 2 * radius, 2 * radius, radius * 0.3)
}

/** A bite out of the corner: the view is hindered. The path is still the seat's. */
function bite(pen: CanvasRenderingContext2D, palette: Palette, radius: number): void {
  pen.save()
  pen.clip()
  dot(pen, radius * 0.75, -radius * 0.75, radius * 0.75, palette.ground)
  pen.restore()
}

function wheelchair(pen: CanvasRenderingContext2D, palette: Palette, colour: string, radius: number): void {
  pen.save()
  pen.scale(radius, radius)
  pen.fillStyle = colour
  pen.fillRect(-0.75, -0.75, 1.5, 1.5)
  pen.fillStyle = pen.strokeStyle = palette.onSeat
  pen.lineWidth = 0.15
  dot(pen, -0.1, -0.55, 0.14)
  lines(pen, [-0.1, -0.35, -0.1, 0.1], [-0.1, 0.1, 0.3, 0.1], [0.3, 0.1, 0.45, 0.5])
  pen.beginPath()
  pen.arc(-0.08, 0.26, 0.38, -0.2, Math.PI * 1.25)
  pen.stroke()
  pen.restore()
}

/** Draws a seat that was chosen, around the origin. */
export function paintChosen(pen: CanvasRenderingContext2D, palette: Palette, radius: number): void {
  pen.beginPath()
  pen.arc(0, 0, radius * 1.12, 0, 2 * Math.PI)
  pen.fillStyle = palette.text
  pen.fill()
  pen.strokeStyle = palette.ground
  pen.lineWidth = Math.max(1.5, radius * 0.26)
  pen.lineCap = pen.lineJoin = 'round'
  pen.beginPath()
  pen.moveTo(-0.5 * radius, 0.05 * radius)
  pen.lineTo(-0.12 * radius, 0.42 * radius)
  pen.lineTo(0.52 * radius, -0.4 * radius)
  pen.stroke()
}

/** From how many pixels between two seats on they are drawn one by one, their rows named, and they numbered. */
export const SEATS_FROM = 4.5
const ROWS_FROM = 11
const ROW_LABEL = [8, 13]
export const NUMBERS_FROM = 24
const FILLED = 0.4
/** How large one figure of a section's pattern is, in pixels. */
const CLOTH = 12

export interface Plot {
  sections: readonly Section[]
  spacing: number
  seatsIn: (box: Box) => readonly Seat[]
  look: (seat: Seat) => Look
  /** Which part of a section's seats is to be had, from 0 to 1. */
  free: (section: Section) => number
}

export function radiusOf(spacing: number, k: number): number {
  return Math.max(spacing * k * FILLED, 1.5)
}

/** Draws parts of a house at a scale of so many device pixels a unit. Pictures of seats are kept for the scale. */
export class Painter {
  readonly #pictures = new Map<string, HTMLCanvasElement>()
  readonly #radius: number
  readonly #step: number

  constructor(
    private readonly plot: Plot,
    private readonly palette: Palette,
    private readonly k: number,
    private readonly pixelRatio: number,
  ) {
    this.#radius = radiusOf(plot.spacing, k)
    this.#step = (plot.spacing * k) / pixelRatio
  }

  /** Draws what is in a box of the plan, the pen standing so that the plan's origin is its own. */
  paint(pen: CanvasRenderingContext2D, box: Box): void {
    const near = this.#step >= SEATS_FROM
    const { k, plot } = this
    for (const section of plot.sections) if (meet(section.box, box)) this.#section(pen, section, near)
    if (!near) return
    const margin = plot.spacing * 2
    if (this.#step >= ROWS_FROM) this.#rowLabels(pen, grown(box, margin))
    const numbered = this.#step >= NUMBERS_FROM
    if (numbered) this.#font(pen, this.#radius * 0.78)
    for (const seat of plot.seatsIn(grown(box, plot.spacing))) {
      const look = plot.look(seat)
      const picture = this.#picture(seat, look, numbered)
      pen.drawImage(picture, seat.x * k - picture.width / 2, seat.y * k - picture.height / 2)
      if (numbered && look !== 'faint') {
        pen.fillStyle = look === 'free' ? this.palette.onSeat : this.palette.muted
        pen.fillText(seat.label, seat.x * k, seat.y * k, this.#radius * 1.7)
      }
    }
  }

  #section(pen: CanvasRenderingContext2D, section: Section, near: boolean): void {
    const { palette, k } = this
    const free = this.plot.free(section)
    pen.save()
    pen.beginPath()
    for (const { x, y } of section.outline) pen.lineTo(x * k, y * k)
    pen.closePath()
    const colour = free > 0 && !near ? colourOf(palette, section.category) : palette.sunken
    pen.fillStyle = pen.strokeStyle = colour
    pen.lineJoin = 'round'
    pen.lineWidth = (this.plot.spacing * k) / 2
    pen.stroke()
    if (near || free === 0) pen.fill()
    else {
      pen.fillStyle = palette.ground
      pen.fill()
      pen.fillStyle = colour
      pen.globalAlpha = 0.15 + 0.4 * free
      pen.fill()
      pen.globalAlpha = 0.3
      pen.fillStyle = this.#cloth(pen, section.category)
      pen.fill()
    }
    pen.restore()
  }

  /** The pattern of a category for whole sections. */
  #cloth(pen: CanvasRenderingContext2D, category: number): CanvasPattern {
    const [cloth, ink] = blank(CLOTH * this.pixelRatio)
    ink.fillStyle = ink.strokeStyle = colourOf(this.palette, category)
    ink.rect(-cloth.width, -cloth.width, 2 * cloth.width, 2 * cloth.width)
    pattern(ink, category, cloth.width / 2)
    return pen.createPattern(cloth, 'repeat') as CanvasPattern
  }

  #rowLabels(pen: CanvasRenderingContext2D, box: Box): void {
    const { k, plot } = this
    const [least, most] = ROW_LABEL.map((size) => size * this.pixelRatio) as [number, number]
    this.#font(pen, Math.min(Math.max(this.#radius * 0.95, least), most))
    pen.fillStyle = this.palette.muted
    for (const section of plot.sections) {
      if (!meet(grown(section.box, plot.spacing), box)) continue
      for (const { label, seats } of section.rows) {
        const first = seats[0] as Seat
        const last = seats.at(-1) as Seat
        const length = Math.hypot(last.x - first.x, last.y - first.y) || 1
        const beside = (end: Seat, side: number) => ({
          x: (end.x + (side * (last.x - first.x) * plot.spacing) / length) * k,
          y: (end.y + (side * (last.y - first.y) * plot.spacing) / length) * k,
        })
        for (const { x, y } of [beside(first, -1), beside(last, 1)])
          pen.fillText(label, x, y, this.#radius * 2.4)
      }
    }
  }

  #font(pen: CanvasRenderingContext2D, size: number): void {
    pen.font = `600 ${size}px ${this.palette.font}`
    pen.textAlign = 'center'
    pen.textBaseline = 'middle'
  }

  #picture({ category, kind, restricted }: Seat, look: Look, plainly: boolean): HTMLCanvasElement {
    const name = `${category} ${look} ${kind} ${restricted === null}`
    const kept = this.#pictures.get(name)
    if (kept) return kept
    const [picture, pen] = blank(2 * Math.ceil(this.#radius + 1))
    paintSeat(
      pen,
      this.palette,
      this.#radius,
      { category, look, kind, restricted: restricted !== null },
      plainly,
    )
    this.#pictures.set(name, picture)
    return picture
  }
}

/** An empty square, its pen in the middle. */
function blank(side: number): [HTMLCanvasElement, CanvasRenderingContext2D] {
  const canvas = document.createElement('canvas')
  canvas.width = canvas.height = side
  const pen = canvas.getContext('2d') as CanvasRenderingContext2D
  pen.translate(canvas.width / 2, canvas.height / 2)
  return [canvas, pen]
}

function grown({ left, top, right, bottom }: Box, margin: number): Box {
  return { left: left - margin, top: top - margin, right: right + margin, bottom: bottom + margin }
}
