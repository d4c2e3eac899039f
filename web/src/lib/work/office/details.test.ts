import { expect, it } from 'vitest'
import { billForm, billOf, contactForm, contactOf } from './details'
import { given, several } from './form'

it('takes empty fields for no contact and nobody who is billed', () => {
  expect(contactOf(contactForm(null))).toBeNull()
  expect(billOf(billForm(undefined))).toBeNull()
})

it('brings back what it was given', () => {
  const contact = { name: 'Ada Lovelace', email: 'ada@example.com', phone: null }
  expect(contactOf(contactForm(contact))).toEqual(contact)
  const bill = {
    company: 'Fjord Analytics',
    address: { street: 'Kaia 1', postal_code: '0150', city: 'Oslo', country: 'NO' },
    vat_id: 'NO123456789',
    email: null,
    reference: null,
  }
  expect(billOf(billForm(bill))).toEqual(bill)
})

it('sends half of an address, so that the server says what it lacks', () => {
  expect(billOf({ ...billForm(null), company: 'Fjord', city: 'Oslo' })?.address).toEqual({
    street: '',
    postal_code: '',
    city: 'Oslo',
    country: '',
  })
})

it('reads several words of one field, and nothing as null', () => {
  expect(several(' Example.com, example.org\n\nexample.net ')).toEqual([
    'example.com',
    'example.org',
    'example.net',
  ])
  expect(several(' ')).toEqual([])
  expect(given('  ')).toBeNull()
})
