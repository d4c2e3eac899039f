import { fireEvent, render, screen } from '@testing-library/svelte'
import { beforeEach, expect, it, vi } from 'vitest'
import type { OfficeApi } from './api'
import { anEvent, anOffice, screenOfTests } from './fixtures'
import KeysPage from './KeysPage.svelte'

beforeEach(screenOfTests)

const key = {
  id: 'k1',
  label: 'Accounting',
  role: 'finance' as const,
  event_ids: ['e1'],
  created_at: '2027-03-01T10:00:00Z',
  created_by: 'ada@example.com',
  last_used_on: null,
  expires_at: null,
}
const events = [anEvent('e1', 'Fjord Summit'), anEvent('e2', 'A Fair')]

function show(overrides: Partial<OfficeApi>) {
  render(KeysPage, { props: { api: anOffice(overrides), events, apiHref: '/work/organizer/o1/api' } })
}

it('makes a key for one event and shows its secret this once, covered', async () => {
  const makeKey = vi.fn<OfficeApi['makeKey']>(() =>
    Promise.resolve({ ...key, secret: 'admit_k1_0123456789abcdef' }),
  )
  show({ makeKey })
  await screen.findByTestId('no-keys')
  await fireEvent.click(screen.getByTestId('add-key'))
  await fireEvent.input(screen.getByTestId('key-label'), { target: { value: 'Accounting' } })
  await fireEvent.click(screen.getByTestId('all-events'))
  await fireEvent.click(screen.getByTestId('key-save'))
  expect(makeKey).not.toHaveBeenCalled()
  await fireEvent.click(screen.getAllByTestId('event-choice')[0] as HTMLElement)
  await fireEvent.click(screen.getByTestId('key-save'))
  const secret = await screen.findByTestId('secret')
  expect(makeKey).toHaveBeenCalledWith({
    label: 'Accounting',
    role: 'finance',
    event_ids: ['e1'],
    expires_at: null,
  })
  expect(secret.textContent).not.toContain('admit_k1')
  await fireEvent.click(screen.getByTestId('secret-kept'))
  expect(screen.queryByTestId('secret')).toBeNull()
  // The list that was read before it was made does not know it.
  expect(screen.getByTestId('key-row').textContent).toContain('Accounting')
})

it('lists keys with their events, and revokes one after asking', async () => {
  const revokeKey = vi.fn(() => Promise.resolve(null))
  const old = { ...key, id: 'k2', label: 'Old', event_ids: null, expires_at: '2020-01-01T00:00:00Z' }
  show({ keys: () => Promise.resolve({ items: [key, old], cursor: null }), revokeKey })
  const [first, second] = await screen.findAllByTestId('key-row')
  expect(first?.textContent).toContain('Fjord Summit')
  expect(second?.textContent).toContain('Ended')
  await fireEvent.click(screen.getAllByTestId('revoke-key')[0] as HTMLElement)
  await fireEvent.click(screen.getByTestId('remove-go'))
  await vi.waitFor(() => expect(revokeKey).toHaveBeenCalledWith('k1'))
})
