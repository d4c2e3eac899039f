import { expect, it } from 'vitest'
import { daysOf, filled, periodOf, spanName } from './times'

it.each([
  ['day', ['2027-02-27', '2027-03-02'], ['2027-02-27', '2027-02-28', '2027-03-01', '2027-03-02']],
  ['week', ['2026-W52', '2027-W02'], ['2026-W52', '2026-W53', '2027-W01', '2027-W02']],
  ['week', ['2027-W52', '2028-W01'], ['2027-W52', '2028-W01']],
  ['month', ['2026-11', '2027-02'], ['2026-11', '2026-12', '2027-01', '2027-02']],
  ['day', ['2027-03-01'], ['2027-03-01']],
  ['day', [], []],
] as const)('has no gap between the first and the last %s', (by, keys, all) => {
  expect(filled(by, keys)).toEqual(all)
})

it('keeps what was found where one is far from the rest', () => {
  const keys = ['1999-01-01', '2027-03-01']
  expect(filled('day', keys)).toEqual(keys)
})

it.each([
  ['day', '2027-03-01', '1 Mar', '1 Mar 2027'],
  ['week', '2027-W01', '4 Jan', '4 – 10 Jan 2027'],
  ['month', '2027-03', 'Mar 2027', 'March 2027'],
] as const)('names a %s', (by, key, short, full) => {
  expect(spanName(by, key, false, 'en-GB')).toBe(short)
  // Some data set the dash off by thin spaces.
  expect(spanName(by, key, true, 'en-GB').replace(/[\s\u2009]+/g, ' ')).toBe(full)
})

// In Oslo it is the 1st of March already.
const NOW = Date.parse('2027-02-28T23:30:00Z')

it.each([
  ['7', '2027-02-23'],
  ['30', '2027-01-31'],
  ['month', '2027-03-01'],
] as const)('begins the period %s by the days of the event', (period, from) => {
  expect(daysOf(period, 'Europe/Oslo', NOW)).toEqual({ from })
  expect(periodOf({ from }, 'Europe/Oslo', NOW)).toBe(period)
})

it('knows all time, and days of one’s own', () => {
  expect(periodOf({}, 'Europe/Oslo', NOW)).toBe('all')
  expect(periodOf({ from: '2027-01-01' }, 'Europe/Oslo', NOW)).toBe('own')
  expect(periodOf({ from: '2027-02-23', to: '2027-02-24' }, 'Europe/Oslo', NOW)).toBe('own')
})
