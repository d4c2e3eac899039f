import { expect, it } from 'vitest'
import { preferredLanguage } from './locale'

it('tells the first language that the payment page and the invoice can be written in', () => {
  expect(preferredLanguage(['zh-Hant-TW', 'de-DE', 'en'])).toEqual({ language: 'de-DE' })
  expect(preferredLanguage(['x-klingon'])).toEqual({})
})
