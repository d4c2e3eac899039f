import { fireEvent, render, screen } from '@testing-library/svelte'
import { expect, it, vi } from 'vitest'
import { Problem } from '$lib/api/problem'
import type { Order } from '$lib/api/types'
import { aPlacedOrder, aQuestion } from '$lib/fixtures'
import type { OrderWatch } from './watch.svelte'
import OrderQuestions from './OrderQuestions.svelte'

const open = {
  answers: [{ question_id: 'diet', title: 'What do you eat?', answer: 'Rice', text: 'Rice' }],
  open_questions: [aQuestion(), aQuestion({ id: 'po', title: 'Order number', required: true })],
  unanswered: ['po'],
}

async function answer(order: Partial<Order>, told: OrderWatch['answer']) {
  render(OrderQuestions, { order: aPlacedOrder(order), watch: { answer: told } as OrderWatch })
  await fireEvent.click(screen.getByTestId('edit-answers'))
  await fireEvent.input(screen.getByLabelText(/Order number/), { target: { value: 'PO 7' } })
  await fireEvent.submit(screen.getByTestId('answers-form'))
}

it('says what waits for an answer, and keeps what was answered', async () => {
  const told = vi.fn().mockResolvedValue(undefined)
  await answer(open, told)
  expect(told).toHaveBeenCalledWith({ diet: 'Rice', po: 'PO 7' })
  expect(await screen.findByTestId('order-answer')).toBeTruthy()
  expect(screen.getByTestId('unanswered').textContent).toContain('One question waits')
})

it('shows a refused answer at its field and keeps what was typed', async () => {
  const faults = [{ field: 'answers.po', message: 'must be 20 characters at most' }]
  await answer(open, vi.fn().mockRejectedValue(new Problem(422, 'invalid_request', 'Look again', faults)))
  expect(await screen.findByText('must be 20 characters at most')).toBeTruthy()
  expect(screen.getByLabelText<HTMLInputElement>(/Order number/).value).toBe('PO 7')
})

it('only shows answers that can’t be changed any more', () => {
  render(OrderQuestions, {
    order: aPlacedOrder({ ...open, open_questions: [], unanswered: [] }),
    watch: {} as OrderWatch,
  })
  expect(screen.getByTestId('order-answer').textContent).toContain('Rice')
  expect(screen.queryByTestId('edit-answers')).toBeNull()
})
