import { describe, expect, it } from 'vitest'
import { moments, wallTime } from './zone'

const OSLO = 'Europe/Oslo'

it.each([
  ['2027-06-03T07:30:00Z', OSLO, '2027-06-03', '09:30'],
  ['2027-01-03T23:30:00Z', OSLO, '2027-01-04', '00:30'],
  ['2027-01-03T23:30:00Z', 'America/St_Johns', '2027-01-03', '20:00'],
  ['2027-01-03T23:30:00Z', 'Asia/Kathmandu', '2027-01-04', '05:15'],
])('shows %s in %s', (at, zone, date, time) => {
  expect(wallTime(at, zone)).toEqual({ date, time })
  expect(moments({ date, time }, zone)).toEqual([at])
})

describe('when clocks are changed', () => {
  it('knows no moment of the hour that is left out', () => {
    expect(moments({ date: '2027-03-28', time: '02:30' }, OSLO)).toEqual([])
    expect(moments({ date: '2027-03-28', time: '03:00' }, OSLO)).toEqual(['2027-03-28T01:00:00Z'])
  })

  it('knows both moments of the hour that comes twice', () => {
    expect(moments({ date: '2027-10-31', time: '02:30' }, OSLO)).toEqual([
      '2027-10-31T00:30:00Z',
      '2027-10-31T01:30:00Z',
    ])
  })

  it('knows no moment of a day that was left out', () => {
    expect(moments({ date: '2011-12-30', time: '12:00' }, 'Pacific/Apia')).toEqual([])
  })
})

it('knows no moment of what is no time', () => {
  expect(moments({ date: '2027-06-31', time: '12:00' }, OSLO)).toEqual([])
  expect(moments({ date: '', time: '12:00' }, OSLO)).toEqual([])
})
