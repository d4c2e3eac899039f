import { expect, it } from 'vitest'
import { companyPatch } from './company-form'

it('says what was changed, and gives a switch back to the deployment', () => {
  expect(companyPatch({})).toEqual({})
  expect(
    companyPatch({ domains: 'Example.com, example.org', distribution_enabled: '', take_back: 'relay' }),
  ).toEqual({ domains: ['example.com', 'example.org'], distribution_enabled: null, take_back: 'relay' })
})

it('takes a contact away whose fields were emptied', () => {
  expect(companyPatch({ contact: { name: '', email: '', phone: '' } })).toEqual({ contact: null })
})
