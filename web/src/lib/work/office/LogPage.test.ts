import { fireEvent, render, screen } from '@testing-library/svelte'
import { expect, it, vi } from 'vitest'
import type { LogLine, OfficeApi } from './api'
import { anEvent, anOffice } from './fixtures'
import LogPage from './LogPage.svelte'

const line: LogLine = {
  at: '2027-03-01T10:00:00Z',
  actor: null,
  what: 'tier.changed',
  fields: ['title', 'ticket_limit'],
  event_id: 'e1',
  subject: 'Pass',
}

it('tells who has changed what, of the account or of one event', async () => {
  const log = vi.fn<OfficeApi['log']>(() => Promise.resolve({ items: [line], cursor: null }))
  const account = { id: 'o1', title: 'Northern Lights', role: 'owner' as const }
  render(LogPage, { props: { api: anOffice({ log }), account, events: [anEvent('e1', 'Fjord Summit')] } })
  const said = (await screen.findByTestId('log-line')).textContent
  for (const words of ['Ticket type', 'Changed', 'Pass', 'ticket_limit', 'The system', 'Fjord Summit'])
    expect(said).toContain(words)
  await fireEvent.change(screen.getByTestId('log-event'), { target: { value: 'e1' } })
  await vi.waitFor(() => expect(log.mock.calls.at(-1)?.[0]).toBe('e1'))
})
