import { expect, it } from 'vitest'
import { limitsOf } from './limits'

it.each([
  ['number', { min: 18, max: null }, '18 or more'],
  ['text', { min: null, max: 20 }, 'At most 20 characters'],
  ['choices', { min: 1, max: 3 }, '1 to 3 options'],
  ['date', { min: '2027-06-03', max: null }, 'Jun 3, 2027 or later'],
  ['text', null, ''],
] as const)('says what an answer to a %s lies between', (kind, limits, words) => {
  expect(limitsOf({ kind, limits })).toBe(words)
})
