import { expect, it } from 'vitest'
import { pageLocale, preferredLanguage } from './locale'

it("takes the reader's variant of the page's language", () => {
  expect(pageLocale(['nb-NO', 'en-US', 'en'])).toBe('en-US')
  expect(pageLocale(['nb-NO'])).toBe('en-GB')
})

it('tells the first language that the payment page and the invoice can be written in', () => {
  expect(preferredLanguage(['zh-Hant-TW', 'de-DE', 'en'])).toEqual({ language: 'de-DE' })
  expect(preferredLanguage(['x-klingon'])).toEqual({})
})
