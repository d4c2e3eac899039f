import { fireEvent, render, screen } from '@testing-library/svelte'
import { expect, it, vi } from 'vitest'
import type { Question } from '$lib/api/types'
import { aQuestion } from '$lib/fixtures'
import type { Typed } from './answers'
import QuestionField from './QuestionField.svelte'

const options = [
  { id: 'a', label: 'Apples', active: true },
  { id: 'b', label: 'Bread', active: true },
]

function show(question: Partial<Question>, typed?: Typed, fault?: string) {
  const onanswer = vi.fn<(typed: Typed) => void>()
  render(QuestionField, { question: aQuestion(question), name: 'answers.diet', typed, fault, onanswer })
  return onanswer
}

it('takes several options as boxes of one group', async () => {
  const onanswer = show({ kind: 'choices', options, title: 'Food' }, ['b'])
  expect(screen.getByRole('group', { name: /Food/ })).toBeTruthy()
  await fireEvent.click(screen.getByLabelText('Apples'))
  expect(onanswer).toHaveBeenLastCalledWith(['b', 'a'])
  await fireEvent.click(screen.getByLabelText('Bread'))
  expect(onanswer).toHaveBeenLastCalledWith([])
})

it('takes yes and no apart from no answer', async () => {
  const onanswer = show({ kind: 'yes_no' }, false)
  const field = screen.getByTestId('answer')
  expect((field as HTMLSelectElement).value).toBe('no')
  await fireEvent.change(field, { target: { value: 'yes' } })
  expect(onanswer).toHaveBeenLastCalledWith(true)
  await fireEvent.change(field, { target: { value: '' } })
  expect(onanswer).toHaveBeenLastCalledWith('')
})

it('says at a consent what is wrong with it', () => {
  show({ kind: 'yes_no', consent: true, required: true, title: 'I agree' }, undefined, 'must be agreed to')
  const box = screen.getByLabelText('I agree')
  const description = document.getElementById(box.getAttribute('aria-describedby') ?? '')
  expect(description?.textContent).toBe('must be agreed to')
  expect(box.getAttribute('aria-invalid')).toBe('true')
})

it.each([
  ['long_text', 'TEXTAREA'],
  ['country', 'SELECT'],
  ['date', 'INPUT'],
] as const)('takes a %s in a %s with its help', (kind, tag) => {
  show({ kind, help: 'Only if you like' })
  const field = screen.getByLabelText(/What do you eat/)
  expect(field.tagName).toBe(tag)
  expect(screen.getByText('Only if you like')).toBeTruthy()
})
