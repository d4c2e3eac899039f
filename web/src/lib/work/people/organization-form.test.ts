import { expect, it } from 'vitest'
import { anOrganization } from './fixtures'
import { areDays, organizationForm, organizationOf } from './organization-form'

it('brings back a part in an event as a whole, as it takes the place of the one before', () => {
  const part = {
    role: 'exhibitor' as const,
    contact: { name: 'Ada', email: 'ada@example.com', phone: null },
    billing: null,
    invoice_policy: 'on_release' as const,
    invoice_days: 0,
    claim_domains: ['example.com', 'example.org'],
    notes: 'Hall 2',
  }
  expect(organizationOf(organizationForm(anOrganization(part)))).toEqual(part)
})

it('leaves to the event what is not said', () => {
  const part = organizationOf(organizationForm(anOrganization()))
  expect(part).toMatchObject({ role: 'sponsor', invoice_policy: null, invoice_days: null })
})

it('tells days from other text', () => {
  expect(['', '14', ' 0 ', '365'].every(areDays)).toBe(true)
  expect(['x', '-1', '366', '1.5'].some(areDays)).toBe(false)
})
