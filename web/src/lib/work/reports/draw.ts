/** Draws pictures by Chart.js, in the colours of the page as they are now. */
import {
  BarController,
  BarElement,
  CategoryScale,
  Chart,
  Legend,
  LinearScale,
  Tooltip,
  type ChartConfiguration,
  type Scale,
} from 'chart.js'
import type { Picture } from './picture'

Chart.register(BarController, BarElement, CategoryScale, Legend, LinearScale, Tooltip)

const SERIES = ['--seat-1', '--seat-2', '--seat-3', '--seat-4', '--seat-5', '--seat-6'] as const
const COLOURS = ['--accent', '--line', '--muted', '--raised', '--text', ...SERIES] as const
/** Names take up to some third of the chart, and on any screen no more letters than these. */
const DOTS_A_LETTER = 22
const MOST_LETTERS = 32

type Colours = Record<(typeof COLOURS)[number], string>

export interface Drawn {
  destroy: () => void
}

export function draw(canvas: HTMLCanvasElement, picture: Picture): Drawn {
  const { direction, fontFamily, fontSize } = getComputedStyle(canvas)
  const font = { family: fontFamily, size: parseFloat(fontSize) }
  return new Chart(canvas, chartOf(picture, coloursAt(canvas), font, direction === 'rtl'))
}

export function chartOf(
  picture: Picture,
  colours: Colours,
  font: { family: string; size: number },
  mirrored: boolean,
): ChartConfiguration<'bar', number[], string> {
  const { labels, titles, series, lying, stacked, write, tick } = picture
  const ticks = { color: colours['--muted'], font }
  const names = {
    grid: { display: false },
    border: { color: colours['--line'] },
    ticks: { ...ticks, maxRotation: 0, autoSkipPadding: 12 },
    stacked,
  }
  const values = {
    beginAtZero: true,
    grid: { color: colours['--line'] },
    border: { display: false },
    ticks: { ...ticks, precision: 0, maxTicksLimit: 6, callback: (value: number | string) => tick(+value) },
    stacked,
  }
  const nameTicks = {
    ...ticks,
    autoSkip: false,
    callback(this: Pick<Scale, 'chart'>, _: number | string, at: number) {
      const letters = Math.min(MOST_LETTERS, Math.floor(this.chart.width / DOTS_A_LETTER))
      return isolated(shortened(labels[at] ?? '', letters))
    },
  }
  const along = { reverse: mirrored }
  const beside = { position: mirrored ? ('right' as const) : ('left' as const) }
  return {
    type: 'bar',
    data: {
      labels: [...labels],
      datasets: series.map(({ label, values }, at) => ({
        label: isolated(label),
        data: [...values],
        backgroundColor: colours[series.length > 1 ? (SERIES[at % SERIES.length] ?? SERIES[0]) : '--accent'],
        borderRadius: stacked ? 0 : 3,
        maxBarThickness: 44,
      })),
    },
    options: {
      animation: false,
      responsive: true,
      maintainAspectRatio: false,
      indexAxis: lying ? 'y' : 'x',
      interaction: { mode: 'index', axis: lying ? 'y' : 'x', intersect: false },
      scales: lying
        ? { x: { ...values, ...along }, y: { ...names, ...beside, ticks: nameTicks } }
        : { x: { ...names, ...along }, y: { ...values, ...beside } },
      plugins: {
        legend: {
          display: series.length > 1,
          position: 'bottom',
          rtl: mirrored,
          textDirection: mirrored ? 'rtl' : 'ltr',
          labels: { color: colours['--text'], font, usePointStyle: true, pointStyle: 'rectRounded' },
        },
        tooltip: {
          rtl: mirrored,
          textDirection: mirrored ? 'rtl' : 'ltr',
          backgroundColor: colours['--raised'],
          borderColor: colours['--line'],
          borderWidth: 1,
          titleColor: colours['--text'],
          bodyColor: colours['--text'],
          titleFont: font,
          bodyFont: font,
          filter: ({ raw }) => series.length === 1 || raw !== 0,
          callbacks: {
            title: ([first]) => (first ? (titles[first.dataIndex] ?? '') : ''),
            label: ({ dataset, raw }) => `${dataset.label ?? ''}: ${write(Number(raw))}`,
          },
        },
      },
    },
  }
}

/** Reads the colours as the scheme of now has them: a canvas knows no light-dark(). */
function coloursAt(canvas: HTMLCanvasElement): Colours {
  const probe = document.createElement('span')
  canvas.after(probe)
  const found = COLOURS.map((name) => {
    probe.style.color = `var(${name})`
    return [name, getComputedStyle(probe).color] as const
  })
  probe.remove()
  return Object.fromEntries(found) as Colours
}

function shortened(name: string, most: number): string {
  const letters = [...name]
  return letters.length > most ? `${letters.slice(0, most - 1).join('')}…` : name
}

/** Keeps a name in its own direction, whatever stands around it. */
function isolated(name: string): string {
  return `\u2068${name}\u2069`
}
