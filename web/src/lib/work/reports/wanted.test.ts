import { expect, it } from 'vitest'
import { readArrivals, readCash, readSales, writeArrivals, writeCash, writeSales } from './wanted'

const query = (text: string) => new URLSearchParams(text)

it('begins with all sales by day', () => {
  expect(readSales(query(''))).toEqual({ by: 'day', show: 'gross', from: undefined, to: undefined })
  expect(writeSales(readSales(query('')))).toBe('?')
})

it.each(['?by=tier&show=tickets&from=2027-01-01&to=2027-03-31', '?by=month', '?show=net&to=2027-03-31'])(
  'keeps what the address of sales says: %s',
  (said) => expect(writeSales(readSales(query(said)))).toBe(said),
)

it('passes over what is unknown', () => {
  expect(writeSales(readSales(query('?by=moon&show=all&from=yesterday&to=2027-3-1')))).toBe('?')
  expect(writeArrivals(readArrivals(query('?by=seat&interval=7&show=up&day=x')))).toBe('?')
  expect(writeCash(readCash(query('?what=nothing')))).toBe('?')
})

it('keeps what the addresses of arrivals and of cash say', () => {
  const said = '?by=tier&interval=60&show=out&day=2027-03-01'
  expect(writeArrivals(readArrivals(query(said)))).toBe(said)
  expect(readArrivals(query(''))).toEqual({ by: 'gate', interval: 15, show: 'in', day: undefined })
  expect(writeCash(readCash(query('?what=disputed')))).toBe('?what=disputed')
})
