import { expect, it } from 'vitest'
import { known, spoken, variant } from './languages'

it.each([
  [['de-AT', 'en'], 'de'],
  [['zh-CN', 'fr'], 'fr'],
  [['no-NO'], 'nb'],
  [['nn'], 'nb'],
  [['ar-EG'], 'ar'],
  [['zh-CN'], 'en'],
  [[], 'en'],
])('speaks to a reader of %j in %s', (preferred, language) => expect(spoken(preferred)).toBe(language))

it("writes dates and amounts in the reader's own variant", () => {
  expect(variant('de', ['en-US', 'de-AT'])).toBe('de-AT')
  expect(variant('en', ['en-US', 'de-AT'])).toBe('en-US')
  expect(variant('en', ['de-AT'])).toBe('en-GB')
  expect(variant('ar', ['en-US'])).toBe('ar')
})

it('knows no language that is only spelled alike', () => expect(known('den')).toBeUndefined())
