import { expect, it } from 'vitest'
import { companyForm, companyPatch } from './company-form'
import { aCompany } from './fixtures'

it('changes nothing that was not touched', () => {
  const company = aCompany()
  expect(companyPatch(companyForm(company), company)).toEqual({})
})

it('says what was touched, and gives a switch back to the deployment', () => {
  const company = aCompany({ distribution_enabled: false, domains: ['example.com'] })
  const form = {
    ...companyForm(company),
    domains: 'example.com\nexample.org',
    distribution_enabled: '' as const,
    take_back: 'relay' as const,
  }
  expect(companyPatch(form, company)).toEqual({
    domains: ['example.com', 'example.org'],
    distribution_enabled: null,
    take_back: 'relay',
  })
})

it('takes a contact away whose fields were emptied', () => {
  const company = aCompany({ contact: { name: 'Ada', email: 'ada@example.com', phone: null } })
  const form = { ...companyForm(company), contact: { name: '', email: '', phone: '' } }
  expect(companyPatch(form, company)).toEqual({ contact: null })
})
