import { expect, it } from 'vitest'
import type { AnswerView } from '$lib/api/types'
import { aQuestion, aTier } from '$lib/fixtures'
import { answerFaults, answersOf, askedAtAssignment, askedAtPurchase, shownOf, typedOf } from './answers'

const ids = (questions: { id: string }[]) => questions.map((question) => question.id)
const meal = aQuestion({
  id: 'meal',
  kind: 'choice',
  options: [{ id: 'own', label: 'My own', active: true }],
})
const which = aQuestion({ id: 'which', required: true, shown_if: { question_id: 'meal', values: ['own'] } })

it('asks what goes with the chosen tiers, and of add-ons only what names them', () => {
  const book = aTier({ id: 'book', add_on_of: 'tier' })
  const all = [
    aQuestion({ id: 'order' }),
    aQuestion({ id: 'guest', asked_of: 'attendee' }),
    aQuestion({ id: 'book', asked_of: 'attendee', tier_ids: ['book'] }),
    aQuestion({ id: 'later', asked_at: 'later' }),
  ]
  expect(ids(askedAtPurchase(all, 'order', [book]))).toEqual(['order'])
  expect(ids(askedAtPurchase(all, 'attendee', [book]))).toEqual(['book'])
  expect(ids(askedAtPurchase(all, 'attendee', [aTier()]))).toEqual(['guest'])
})

it('asks who is given a ticket also what was asked when it was bought', () => {
  const asked = (['purchase', 'assignment', 'later'] as const).map((at) =>
    aQuestion({ id: at, asked_at: at }),
  )
  expect(ids(askedAtAssignment(asked))).toEqual(['purchase', 'assignment'])
})

it('shows a question once the one before it is answered so, and drops what is hidden', () => {
  const typed = { meal: '', which: 'Rice' }
  expect(ids(shownOf([meal, which], typed))).toEqual(['meal'])
  expect(answersOf([meal, which], typed)).toEqual({})
  expect(answersOf([meal, which], { ...typed, meal: 'own' })).toEqual({ meal: 'own', which: 'Rice' })
})

it('shows a question that hangs on one of several options, or on a no', () => {
  const many = aQuestion({ id: 'many', kind: 'choices' })
  const no = aQuestion({ id: 'no', kind: 'yes_no' })
  const onOne = aQuestion({ id: 'onOne', shown_if: { question_id: 'many', values: ['a'] } })
  const onNo = aQuestion({ id: 'onNo', shown_if: { question_id: 'no', values: [false] } })
  const all = [many, no, onOne, onNo]
  expect(ids(shownOf(all, {}))).toEqual(['many', 'no'])
  expect(ids(shownOf(all, { many: ['b', 'a'], no: false }))).toEqual(['many', 'no', 'onOne', 'onNo'])
})

it('sends answers in the form of their kind, and lets the server judge what is none', () => {
  const age = aQuestion({ id: 'age', kind: 'number' })
  expect(answersOf([age], { age: ' 42 ' })).toEqual({ age: 42 })
  expect(answersOf([age], { age: 'many' })).toEqual({ age: 'many' })
  expect(answersOf([aQuestion()], { diet: '  none ' })).toEqual({ diet: 'none' })
})

it('takes back an answer of earlier that is empty now', () => {
  const earlier: AnswerView[] = [{ question_id: 'age', title: 'Age', answer: 42, text: '42' }]
  const questions = [aQuestion({ id: 'age', kind: 'number' }), aQuestion()]
  expect(typedOf(earlier)).toEqual({ age: '42' })
  expect(answersOf(questions, { age: '', diet: '' }, earlier)).toEqual({ age: null })
})

it('names the required questions that are shown and not answered, and a consent that is not a yes', () => {
  const terms = aQuestion({ id: 'terms', kind: 'yes_no', consent: true, required: true })
  const fields = (typed: Parameters<typeof shownOf>[1]) =>
    answerFaults([meal, which, terms], typed, 'answers').map((fault) => fault.field)
  expect(fields({})).toEqual(['answers.terms'])
  expect(fields({ meal: 'own', terms: false })).toEqual(['answers.which', 'answers.terms'])
  expect(fields({ meal: 'own', which: 'Rice', terms: true })).toEqual([])
})
