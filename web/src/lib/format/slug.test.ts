import { expect, it } from 'vitest'
import { slugIn } from './slug'

it.each([
  ['summer-fair', 'summer-fair'],
  [' Summer-Fair ', 'summer-fair'],
  ['/e/summer-fair/', 'summer-fair'],
  ['https://tickets.example/e/summer-fair?from=mail#top', 'summer-fair'],
  ['', undefined],
  ['two words', undefined],
  ['-x-', undefined],
])('finds in %j the slug %j', (text, slug) => expect(slugIn(text)).toBe(slug))
