import { expect, it } from 'vitest'
import { personForm, personOf, personPatch } from './person-form'

it('sends what was changed of a person, and nothing else', () => {
  expect(personPatch({})).toEqual({})
  const changes = { company: ' ', role: 'speaker', note: 'Speaks at ten ' }
  expect(personPatch(changes)).toEqual({ company: null, role: 'speaker', note: 'Speaks at ten' })
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
