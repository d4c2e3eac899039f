import { expect, it } from 'vitest'
import { every, Intention } from './api'

it('keeps the key of an intention until something else is meant, or it is done', () => {
  const intention = new Intention()
  const first = intention.keyOf({ label: 'a' })
  expect(intention.keyOf({ label: 'a' })).toBe(first)
  const other = intention.keyOf({ label: 'b' })
  expect(other).not.toBe(first)
  intention.done()
  expect(intention.keyOf({ label: 'b' })).not.toBe(other)
})

it('reads all pages of a list', async () => {
  const pages: Record<string, { items: number[]; cursor: string | null }> = {
    first: { items: [1], cursor: 'a' },
    a: { items: [], cursor: 'b' },
    b: { items: [2], cursor: null },
  }
  expect(await every(async (cursor) => pages[cursor ?? 'first'] ?? { items: [], cursor: null })).toEqual([
    1, 2,
  ])
})
