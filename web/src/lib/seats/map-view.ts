/** The picture of a house on a canvas, as it is panned and zoomed; sizes and points are CSS pixels of the canvas. */
import { select, type Selection } from 'd3-selection'
import { zoom, zoomIdentity, zoomTransform, type D3ZoomEvent, type ZoomBehavior } from 'd3-zoom'
import {
  centred,
  fitted,
  meet,
  middleOf,
  toPlan,
  toScreen,
  type Box,
  type Point,
  type Size,
  type View,
} from './geometry'
import { seatAt, sectionAt, seatsIn, type House, type Seat, type Section } from './house'
import { Painter, paintChosen, paletteOf, radiusOf, SEATS_FROM, type Look, type Palette } from './paint'
import { Tiles } from './tiles'

/** What is shown: change the scene by a new one. */
export interface Scene {
  look: (seat: Seat) => Look
  chosen: readonly Seat[]
  /** The seat that the keyboard or the pointer stands on. */
  marked: Seat | undefined
  /** What stands below the title of a section of a category while its seats are too small to be seen. */
  caption: (category: number) => string
  /** What the stage is called. */
  stage: string
}

const RESTS_AFTER_MS = 140
const LARGEST_STEP = 56
const GLIDE_MS = 260
const EDGE = 16
/** How far above its section a title stands, and the stage above a title that is in its place. */
const ABOVE = 10

type Corner = [number, number]
type Gesture = D3ZoomEvent<HTMLCanvasElement, unknown>

export class MapView {
  readonly #screen: CanvasRenderingContext2D
  readonly #selection: Selection<HTMLCanvasElement, unknown, null, undefined>
  readonly #zoom: ZoomBehavior<HTMLCanvasElement, unknown>
  readonly #watched: ResizeObserver
  readonly #dark = matchMedia('(prefers-color-scheme: dark)')
  readonly #free = new Map<Section, number>()
  #palette: Palette
  #size: Size = { width: 0, height: 0 }
  #ratio = 1
  /** The scale that shows the whole house: who sees it all does so also when the screen is turned. */
  #wholeScale = Infinity
  #tiles: Tiles | undefined
  #scene: Scene | undefined
  #frame = 0
  #gliding = 0
  #moved = 0
  #drawnScale = 0

  constructor(
    private readonly canvas: HTMLCanvasElement,
    private readonly house: House,
    /** Whether a gesture moves the map; what it does not take is the page's. */
    takes: (event: Event) => boolean,
    private readonly onmove: () => void,
  ) {
    this.#screen = canvas.getContext('2d', { alpha: false }) as CanvasRenderingContext2D
    this.#palette = paletteOf(canvas.parentElement as HTMLElement)
    this.#zoom = zoom<HTMLCanvasElement, unknown>()
      .filter((event: Event) => !(event as MouseEvent).button && takes(event))
      .clickDistance(6)
      .duration(calm() ? 0 : GLIDE_MS)
      .on('zoom', (event: Gesture) => this.#move(event))
    this.#selection = select(canvas)
    this.#selection.call(this.#zoom)
    this.#watched = new ResizeObserver(() => this.#resize())
    this.#watched.observe(canvas)
    this.#dark.addEventListener('change', this.#recolour)
  }

  destroy(): void {
    this.#watched.disconnect()
    this.#dark.removeEventListener('change', this.#recolour)
    this.#selection.on('.zoom', null)
    cancelAnimationFrame(this.#frame)
    this.#halt()
  }

  get view(): View {
    return zoomTransform(this.canvas)
  }

  /** How many pixels two neighbouring seats are apart. */
  get step(): number {
    return this.view.k * this.house.spacing
  }

  /** Whether it is on its way to a view. */
  get gliding(): boolean {
    return this.#gliding !== 0
  }

  get showsSeats(): boolean {
    return this.step >= SEATS_FROM
  }

  show(scene: Scene): void {
    const relooked = this.#scene?.look !== scene.look
    this.#scene = scene
    if (relooked) this.#redraw()
    else this.#ask()
  }

  /** These seats have another state than they were drawn with. */
  outdate(seats: readonly Seat[]): void {
    const margin = this.house.spacing
    for (const section of new Set(seats.map(({ row }) => row.section))) {
      this.#free.delete(section)
      if (!this.showsSeats) this.#tiles?.outdate(section.box)
    }
    for (const { x, y } of seats) {
      this.#tiles?.outdate({ left: x - margin, top: y - margin, right: x + margin, bottom: y + margin })
    }
    this.#ask()
  }

  seatAt(point: Point): Seat | undefined {
    return this.showsSeats ? seatAt(this.house, toPlan(this.view, point)) : undefined
  }

  sectionAt(point: Point): Section | undefined {
    return sectionAt(this.house, toPlan(this.view, point))
  }

  /** Where a seat stands on the screen now. */
  placeOf(seat: Seat): Point {
    return toScreen(this.view, seat)
  }

  fit(box: Box = this.house.box): void {
    this.#glide(this.#fitted(box))
  }

  /** Zooms around what is nearest to the middle of the screen, so that nobody ends up in the void. */
  zoomBy(factor: number): void {
    const { width, height } = this.#size
    const middle = toPlan(this.view, { x: width / 2, y: height / 2 })
    const nearest = seatAt(this.house, middle, Infinity)
    const around = nearest && this.#onScreen(nearest) ? nearest : middle
    const [least, most] = this.#zoom.scaleExtent()
    const k = Math.min(most, Math.max(least, this.view.k * factor))
    const { x, y } = toScreen(this.view, around)
    this.#glide({ k, x: x - around.x * k, y: y - around.y * k })
  }

  /** Brings a point to the middle, so large that its seats can be hit. */
  approach(point: Point, step: number): void {
    this.#glide(centred(point, Math.max(this.view.k, step / this.house.spacing), this.#size))
  }

  /** Moves just as far as is needed to see a seat well. */
  reveal(seat: Seat, step: number): void {
    if (this.step < step) return this.approach(seat, step)
    const { x, y } = this.placeOf(seat)
    const margin = Math.min(2 * step, this.#size.width / 4, this.#size.height / 4)
    const into = (place: number, length: number) => Math.min(length - margin, Math.max(margin, place)) - place
    const [right, down] = [into(x, this.#size.width), into(y, this.#size.height)]
    if (right || down) this.#glide({ k: this.view.k, x: this.view.x + right, y: this.view.y + down })
  }

  #onScreen(seat: Seat): boolean {
    const { x, y } = this.placeOf(seat)
    return x >= 0 && y >= 0 && x <= this.#size.width && y <= this.#size.height
  }

  readonly #recolour = (): void => {
    this.#palette = paletteOf(this.canvas.parentElement as HTMLElement)
    this.#redraw()
  }

  #resize(): void {
    const { clientWidth: width, clientHeight: height } = this.canvas
    if (!width || !height) return
    const { x, y } = toPlan(this.view, { x: this.#size.width / 2, y: this.#size.height / 2 })
    this.#size = { width, height }
    this.#ratio = Math.min(devicePixelRatio, 3)
    this.canvas.width = Math.round(width * this.#ratio)
    this.canvas.height = Math.round(height * this.#ratio)
    const { box, spacing } = this.house
    const whole = this.#fitted(box)
    const stays = this.view.k > this.#wholeScale * 1.01
    this.#wholeScale = whole.k
    const [across, along] = [(box.right - box.left) / 8, (box.bottom - box.top) / 8]
    this.#zoom
      .scaleExtent([whole.k * 0.9, Math.max(whole.k, LARGEST_STEP / spacing)])
      .extent([
        [0, 0],
        [width, height],
      ])
      .translateExtent([
        [box.left - across, box.top - along],
        [box.right + across, box.bottom + along],
      ])
    this.#redraw()
    this.#set(stays ? centred({ x, y }, this.view.k, this.#size) : whole)
  }

  #fitted(box: Box): View {
    const { width, height } = this.#size
    const room = { width: width - 2 * EDGE, height: height - 2 * EDGE }
    const view = fitted(box, room, LARGEST_STEP / this.house.spacing)
    return { ...view, x: view.x + EDGE, y: view.y + EDGE }
  }

  #set({ x, y, k }: View): void {
    const { width, height } = this.#size
    const screen: [Corner, Corner] = [
      [0, 0],
      [width, height],
    ]
    const free = zoomIdentity.translate(x, y).scale(k)
    this.#zoom.transform(this.#selection, this.#zoom.constrain()(free, screen, this.#zoom.translateExtent()))
  }

  /** Goes to a view within a moment, unless the reader takes the map meanwhile. */
  #glide(to: View): void {
    this.#halt()
    if (!this.#size.width) return
    if (calm()) return this.#set(to)
    const from = this.view
    const start = performance.now()
    const step = (now: number) => {
      const part = Math.min(1, Math.max(0, (now - start) / GLIDE_MS))
      const eased = 1 - (1 - part) ** 3
      const between = (one: number, other: number) => one + (other - one) * eased
      this.#set({ k: between(from.k, to.k), x: between(from.x, to.x), y: between(from.y, to.y) })
      this.#gliding = part < 1 ? requestAnimationFrame(step) : 0
    }
    this.#gliding = requestAnimationFrame(step)
  }

  #halt(): void {
    cancelAnimationFrame(this.#gliding)
    this.#gliding = 0
  }

  #move({ transform, sourceEvent }: Gesture): void {
    if (sourceEvent) this.#halt()
    if (transform.k !== this.#drawnScale) this.#moved = performance.now()
    this.onmove()
    this.#ask()
  }

  #redraw(): void {
    if (!this.#size.width) return
    const { house } = this
    const plot = {
      sections: house.sections,
      spacing: house.spacing,
      seatsIn: (box: Box) => seatsIn(house, box),
      look: (seat: Seat) => this.#scene?.look(seat) ?? 'faint',
      free: (section: Section) => this.#freeOf(section),
    }
    this.#free.clear()
    const paint = (k: number) => {
      const painter = new Painter(plot, this.#palette, k, this.#ratio)
      return painter.paint.bind(painter)
    }
    this.#tiles = new Tiles(this.#fitted(house.box).k * this.#ratio, paint, this.#palette.ground)
    this.#ask()
  }

  #freeOf(section: Section): number {
    const known = this.#free.get(section)
    if (known !== undefined) return known
    const free =
      section.seats.filter((seat) => this.#scene?.look(seat) === 'free').length / section.seats.length
    this.#free.set(section, free)
    return free
  }

  #ask(): void {
    this.#frame ||= requestAnimationFrame((time) => this.#draw(time))
  }

  #draw(time: number): void {
    this.#frame = 0
    if (!this.#tiles || !this.#scene) return
    const ratio = this.#ratio
    const { x, y, k } = this.view
    this.#drawnScale = k
    const resting = time - this.#moved > RESTS_AFTER_MS
    const shown = { x: Math.round(x * ratio), y: Math.round(y * ratio), k: k * ratio }
    const more = this.#tiles.show(this.#screen, shown, this.canvas, resting)
    this.#screen.save()
    this.#screen.scale(ratio, ratio)
    this.#overlay(this.#screen, this.#scene)
    this.#screen.restore()
    if (more || !resting) this.#ask()
  }

  /** What changes with each step of the reader, drawn anew in each frame: titles, chosen seats, the marked one. */
  #overlay(pen: CanvasRenderingContext2D, scene: Scene): void {
    this.#titles(pen, scene)
    const radius = Math.max(radiusOf(this.house.spacing, this.view.k), 4)
    for (const seat of scene.chosen) {
      const { x, y } = this.placeOf(seat)
      pen.save()
      pen.translate(x, y)
      paintChosen(pen, this.#palette, radius)
      pen.restore()
    }
    if (scene.marked) {
      const { x, y } = this.placeOf(scene.marked)
      pen.strokeStyle = this.#palette.accent
      pen.lineWidth = 3
      pen.beginPath()
      pen.arc(x, y, radius + 4, 0, 2 * Math.PI)
      pen.stroke()
    }
  }

  /** Names the sections, as far as their names have room beside each other. */
  #titles(pen: CanvasRenderingContext2D, { caption, stage }: Scene): void {
    const { font, text } = this.#palette
    pen.textAlign = 'center'
    pen.textBaseline = 'middle'
    pen.lineJoin = 'round'
    const near = this.showsSeats
    const used: Box[] = []
    for (const { box, title, category } of this.house.sections) {
      const { x, y: middle } = toScreen(this.view, middleOf(box))
      const below = near ? '' : caption(category)
      const y = near ? toScreen(this.view, { x: 0, y: box.top }).y - ABOVE : middle - (below ? 8 : 0)
      pen.font = `650 ${near ? 14 : 13}px ${font}`
      const half = pen.measureText(title).width / 2
      const room = { left: x - half, top: y - 9, right: x + half, bottom: y + (below ? 24 : 9) }
      const fits = near || 2 * half <= (box.right - box.left) * this.view.k
      if (!fits || used.some((other) => meet(other, room))) continue
      used.push(room)
      this.#say(pen, title, x, y, text)
      pen.font = `500 12px ${font}`
      if (below) this.#say(pen, below, x, y + 16, text)
    }
    if (this.house.hasStage) this.#stage(pen, stage, used)
  }

  #stage(pen: CanvasRenderingContext2D, word: string, titles: readonly Box[]): void {
    const { font, sunken, muted } = this.#palette
    const { x, y: middle } = toScreen(this.view, this.house.focus)
    pen.font = `600 13px ${font}`
    const width = Math.max(pen.measureText(word).width + 48, this.house.spacing * this.view.k * 6)
    const place = { left: x - width / 2, top: middle - 13, right: x + width / 2, bottom: middle + 13 }
    const title = titles.find((room) => meet(room, place))
    const y = title ? title.top - 13 - ABOVE / 2 : middle
    pen.beginPath()
    pen.roundRect(place.left, y - 13, width, 26, 8)
    pen.fillStyle = sunken
    pen.fill()
    pen.fillStyle = muted
    pen.fillText(word, x, y)
  }

  #say(pen: CanvasRenderingContext2D, words: string, x: number, y: number, colour: string): void {
    pen.strokeStyle = this.#palette.ground
    pen.lineWidth = 3
    pen.globalAlpha = 0.75
    pen.strokeText(words, x, y)
    pen.globalAlpha = 1
    pen.fillStyle = colour
    pen.fillText(words, x, y)
  }
}

/** Whether the reader wants nothing to move by itself. */
function calm(): boolean {
  return matchMedia('(prefers-reduced-motion: reduce)').matches
}
