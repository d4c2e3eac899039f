import { fireEvent, render, screen } from '@testing-library/svelte'
import { expect, it, vi } from 'vitest'
import Stepper from './Stepper.svelte'

it('is a labelled quantity that buttons and arrow keys change', async () => {
  const onchange = vi.fn()
  render(Stepper, { label: 'Conference', value: 2, least: 2, most: 3, onchange })
  const value = screen.getByRole('spinbutton', { name: 'Conference' })
  expect(value.getAttribute('aria-valuenow')).toBe('2')
  await fireEvent.click(screen.getByRole('button', { name: 'More: Conference' }))
  await fireEvent.keyDown(value, { key: 'ArrowUp' })
  await fireEvent.click(screen.getByRole('button', { name: 'Fewer: Conference' }))
  expect(onchange.mock.calls).toEqual([[3], [3], [0]])
})

it('says where it ends', () => {
  render(Stepper, { label: 'Conference', value: 3, least: 1, most: 3, onchange: vi.fn() })
  expect(screen.getByRole('button', { name: 'More: Conference' }).getAttribute('aria-disabled')).toBe('true')
})
