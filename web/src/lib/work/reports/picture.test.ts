import { expect, it } from 'vitest'
import { chartOf } from './draw'
import { anAccount, aSale, aWay, someArrivals, someCash, someSales } from './fixtures'
import { arrivalsPicture, cashPicture, salesPicture, wordsOf } from './picture'

const COLOURS = new Proxy({} as Parameters<typeof chartOf>[1], { get: (_, name) => String(name) })
const FONT = { family: 'serif', size: 13 }

it('shows days without sales as days on which nothing came', () => {
  const report = someSales('day', [aSale('2027-03-01', 50), aSale('2027-03-03', 20)])
  const picture = salesPicture(report, 'gross')
  expect(picture.series).toEqual([{ label: 'Gross', values: [5000, 0, 2000] }])
  expect(wordsOf(picture, 7000)).toBe('Most: Mar 1, 2027, €50.00. Total: €70.00.')
})

it('shows what tells sales apart as bars, the largest first, and the rest as one', () => {
  const rows = Array.from({ length: 14 }, (_, at) => aSale(`t${at}`, at, { label: `Tier ${at}` }))
  const picture = salesPicture(someSales('tier', rows), 'gross')
  expect(picture.labels).toHaveLength(12)
  expect(picture.labels[0]).toBe('Tier 13')
  expect([picture.labels.at(-1), picture.series[0]?.values.at(-1)]).toEqual(['3 others', 300])
  expect(picture.series[0]?.values.reduce((one, other) => one + other)).toBe(9100)
})

it('counts tickets as they are, and amounts in whole units', () => {
  const report = someSales('month', [aSale('2027-03', 1500, { tickets: 12 })])
  expect(salesPicture(report, 'tickets').series[0]?.values).toEqual([12])
  expect(salesPicture(report, 'tickets').write(1200)).toBe('1,200')
  expect(salesPicture(report, 'gross').tick(150000)).toBe('€1.5K')
})

it('puts ways in by gate above each other, over all spans between', () => {
  const report = someArrivals([
    aWay('2027-03-01T10:00:00Z', 'North', 3),
    aWay('2027-03-01T10:00:00Z', 'none', 1),
    aWay('2027-03-01T10:30:00Z', 'North', 2, 4),
    aWay('2027-03-01T11:00:00Z', 'South', 0, 1),
  ])
  const into = arrivalsPicture(report, 'in', 'Europe/Oslo')
  expect(into.labels).toEqual(['11:00 AM', '11:15 AM', '11:30 AM'])
  expect(into.series).toEqual([
    { label: 'North', values: [3, 0, 2] },
    { label: 'No gate', values: [1, 0, 0] },
  ])
  expect(arrivalsPicture(report, 'out', 'Europe/Oslo').labels).toEqual(['11:30 AM', '11:45 AM', '12:00 PM'])
})

it('tells six gates apart at most', () => {
  const rows = Array.from({ length: 8 }, (_, at) => aWay('2027-03-01T10:00:00Z', `Gate ${at}`, 8 - at))
  const { series } = arrivalsPicture(someArrivals(rows), 'in', 'Europe/Oslo')
  expect(series).toHaveLength(6)
  expect(series.at(-1)).toEqual({ label: '3 others', values: [6] })
})

it('sets what came and went beside what the ledger holds', () => {
  const picture = cashPicture(someCash([anAccount('stripe', 100, 90), anAccount('bank', 20)]))
  expect(picture.labels).toEqual(['Card (Stripe)', 'Bank statement'])
  expect(picture.series.map(({ values }) => values)).toEqual([
    [10000, 2000],
    [0, 0],
    [9000, 2000],
  ])
})

it('is mirrored where one reads from right to left', () => {
  const picture = salesPicture(someSales('day', [aSale('2027-03-01', 50)]), 'gross')
  const scales = (mirrored: boolean) => chartOf(picture, COLOURS, FONT, mirrored).options?.scales
  expect(scales(true)).toMatchObject({ x: { reverse: true }, y: { position: 'right' } })
  expect(scales(false)).toMatchObject({ x: { reverse: false }, y: { position: 'left' } })
})

it('has lying bars for names, with their axes changed over, and cuts long names', () => {
  const long = 'A very long name of a ticket for everything'
  const picture = salesPicture(someSales('tier', [aSale('t1', 50, { label: long })]), 'gross')
  const { options } = chartOf(picture, COLOURS, FONT, false)
  expect(options?.indexAxis).toBe('y')
  const callback = options?.scales?.['y']?.ticks?.callback as unknown as (_: number, at: number) => string
  const shown = (width: number) => callback.call({ chart: { width } }, 0, 0).replace(/[\u2068\u2069]/g, '')
  expect(shown(330)).toBe('A very long na…')
  expect(shown(900)).toHaveLength(32)
  expect(picture.titles[0]).toBe(long)
})
