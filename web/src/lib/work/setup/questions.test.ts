import { expect, it } from 'vitest'
import { aQuestion } from '$lib/fixtures'
import type { Question } from './api'
import { parentsOf } from './questions'

const asked = (id: string, overrides: Partial<Question> = {}): Question => ({
  ...aQuestion({ id, kind: 'yes_no', asked_of: 'attendee' }),
  position: 0,
  active: true,
  ...overrides,
})

it('a question depends on those before it, of the same people, that are asked no later', () => {
  const questions = [
    asked('first'),
    asked('of the buyer', { asked_of: 'order' }),
    asked('later', { asked_at: 'later' }),
    asked('a text', { kind: 'text' }),
    asked('itself'),
    asked('after'),
  ]
  const ids = (at: 'purchase' | 'later', id?: string) =>
    parentsOf(questions, { asked_of: 'attendee', asked_at: at }, id).map((one) => one.id)
  expect(ids('purchase', 'itself')).toEqual(['first'])
  expect(ids('later', 'itself')).toEqual(['first', 'later'])
  expect(ids('purchase')).toEqual(['first', 'itself', 'after'])
})
