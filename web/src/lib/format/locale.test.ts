import { expect, it } from 'vitest'
import { pageLocale } from './locale'

it("takes the reader's variant of the page's language", () => {
  expect(pageLocale(['nb-NO', 'en-US', 'en'])).toBe('en-US')
  expect(pageLocale(['nb-NO'])).toBe('en-GB')
})
