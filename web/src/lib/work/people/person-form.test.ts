import { expect, it } from 'vitest'
import { aPerson } from './fixtures'
import { personForm, personOf, personPatch } from './person-form'

it('sends what was changed of a person, and nothing else', () => {
  const person = aPerson({ company: 'Fjord', title: 'Engineer' })
  expect(personPatch(personForm(person), person)).toEqual({})
  const form = { ...personForm(person), company: ' ', role: 'speaker', note: 'Speaks at ten ' }
  expect(personPatch(form, person)).toEqual({ company: null, role: 'speaker', note: 'Speaks at ten' })
})

it('enters a new person with what is known of him', () => {
  expect(personOf({ ...personForm(), name: ' Ada Lovelace', email: 'ada@example.com ' })).toEqual({
    name: 'Ada Lovelace',
    email: 'ada@example.com',
    company: null,
    title: null,
    phone: null,
    language: null,
    role: 'attendee',
    note: '',
  })
})
