import { expect, it } from 'vitest'
import { countries } from './countries'

it('lists every country once, by name', () => {
  const all = countries('en-GB')
  expect(all).toHaveLength(249)
  expect(new Set(all.map(({ code }) => code)).size).toBe(249)
  expect(all[0]).toEqual({ code: 'AF', name: 'Afghanistan' })
  expect(all.every(({ code, name }) => name !== code)).toBe(true)
})
