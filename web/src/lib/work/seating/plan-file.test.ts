import { expect, it } from 'vitest'
import { EXAMPLE, formatOf } from './plan-file'

it('tells the formats of files apart', () => {
  expect(formatOf('seats.csv', EXAMPLE)).toBe('csv')
  expect(formatOf('seats.txt', 'section,row\n')).toBe('csv')
  expect(formatOf('plan.json', '{"categories": [], "zones": []}')).toBe('pretix')
  expect(formatOf('plan.json', '{"categories": [], "sections": [], "zones": []}')).toBe('admit')
  expect(formatOf('plan.json', '{"categories": [')).toBe('admit')
})
