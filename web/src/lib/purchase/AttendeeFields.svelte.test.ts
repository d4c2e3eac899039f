import { fireEvent, render, screen } from '@testing-library/svelte'
import { expect, it } from 'vitest'
import { aQuestion } from '$lib/fixtures'
import type { Attendee } from './attendees'
import AttendeeFields from './AttendeeFields.svelte'

function show(faults: Record<string, string> = {}) {
  const attendees = $state<Record<string, Attendee[]>>({})
  render(AttendeeFields, {
    title: 'Standard',
    quantity: 2,
    questions: [aQuestion({ asked_of: 'attendee', required: true })],
    attendees,
    line: 'tier/price',
    field: 'lines[0].holders',
    fault: (field: string) => faults[field],
    buyer: { name: 'Kari', email: 'kari@example.com' },
  })
}

it('asks for one person a ticket, each under the name of his own field', () => {
  show({ 'lines[0].holders[1].answers.diet': 'must be answered' })
  expect(screen.getAllByTestId('attendee')).toHaveLength(2)
  const [first, second] = screen.getAllByTestId('answer')
  expect(first?.getAttribute('aria-invalid')).toBeNull()
  expect(second?.getAttribute('name')).toBe('lines[0].holders[1].answers.diet')
  expect(second?.getAttribute('aria-invalid')).toBe('true')
})

it('says that everybody has to be named', () => {
  show({ 'lines[0].holders': 'must name everybody who attends' })
  expect(screen.getByTestId('attendees-fault').textContent).toContain('must name everybody')
})

it('offers the buyer to attend himself', async () => {
  show()
  await fireEvent.click(screen.getByTestId('attend-myself'))
  const names = screen.getAllByTestId('attendee-name').map((field) => (field as HTMLInputElement).value)
  expect(names).toEqual(['Kari', ''])
  expect(screen.queryByTestId('attend-myself')).toBeNull()
})
