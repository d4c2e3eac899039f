import { expect, it } from 'vitest'
import { slugOf } from './slug'

it.each([
  ['Summer Fair 2027', 'summer-fair-2027'],
  ['Größe & Übermut!', 'groesse-uebermut'],
  ['Ærlig på Øya', 'aerlig-paa-oeya'],
  ['Café — l’été', 'cafe-l-ete'],
  ['  --x--  ', ''],
  ['عيد', ''],
])('%s becomes %s', (title, slug) => {
  expect(slugOf(title)).toBe(slug)
})

it('is no longer than an address may be, and ends in no hyphen', () => {
  const slug = slugOf(`${'a'.repeat(59)} b`)
  expect(slug).toBe('a'.repeat(59))
})
