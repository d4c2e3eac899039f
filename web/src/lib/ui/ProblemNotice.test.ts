import { fireEvent, render, screen } from '@testing-library/svelte'
import { expect, it, vi } from 'vitest'
import { Problem } from '$lib/api/problem'
import ProblemNotice from './ProblemNotice.svelte'

const problem = new Problem(422, 'invalid', 'Some fields are wrong.', [
  { field: 'csv', message: 'The file is empty.' },
  { field: 'lines[0].quantity', message: 'Only 2 are left.' },
])

it('says nothing while nothing went wrong', () => {
  render(ProblemNotice, { problem: undefined, testid: 'trouble' })
  expect(screen.queryByTestId('trouble')).toBeNull()
})

it('announces what went wrong, with its code for those who test', () => {
  render(ProblemNotice, { problem, testid: 'trouble' })
  expect(screen.getByRole('alert').textContent.trim()).toBe('Some fields are wrong.')
  expect(screen.getByText('Some fields are wrong.').dataset['code']).toBe('invalid')
  expect(screen.queryByTestId('retry')).toBeNull()
})

it('says what is known of a field in place of the whole, and faults that no field shows', () => {
  render(ProblemNotice, { problem, field: 'csv', says: (field: string) => field.startsWith('lines[') })
  expect(screen.getByRole('alert').textContent).toMatch(/^\s*The file is empty\.\s+Only 2 are left\.\s*$/)
})

it('tries again, but not twice at once', async () => {
  const retry = vi.fn()
  const { rerender } = render(ProblemNotice, { problem, retry, busy: true })
  await fireEvent.click(screen.getByTestId('retry'))
  expect(retry).not.toHaveBeenCalled()
  await rerender({ busy: false })
  await fireEvent.click(screen.getByTestId('retry'))
  expect(retry).toHaveBeenCalledOnce()
})
