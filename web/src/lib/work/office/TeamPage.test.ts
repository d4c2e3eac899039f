import { fireEvent, render, screen } from '@testing-library/svelte'
import { beforeEach, expect, it, vi } from 'vitest'
import { Problem } from '$lib/api/problem'
import type { OfficeApi } from './api'
import { aMember, anOffice, screenOfTests } from './fixtures'
import TeamPage from './TeamPage.svelte'

beforeEach(screenOfTests)

const account = { id: 'o1', title: 'Northern Lights', role: 'owner' as const }
const bo = aMember({ email: 'bo@example.com', name: null, role: 'door' })

async function show(overrides: Partial<OfficeApi>, onchange = vi.fn()) {
  const members = () => Promise.resolve([aMember(), bo])
  render(TeamPage, { api: anOffice({ members, ...overrides }), account, own: 'ada@example.com', onchange })
  await screen.findAllByTestId('member-row')
}

const rowOf = (email: string) =>
  screen.getAllByTestId('member-row').find((row) => row.dataset.key === email) as HTMLElement

const inside = (email: string, testid: string) =>
  rowOf(email).querySelector(`[data-testid=${testid}]`) as HTMLElement

it('takes somebody in with the role that is chosen, and says beside the field what is wrong', async () => {
  const nameMember = vi.fn<OfficeApi['nameMember']>(() => Promise.resolve(bo))
  await show({ nameMember })
  await fireEvent.click(screen.getByTestId('add-member'))
  await fireEvent.input(screen.getByTestId('member-email'), { target: { value: 'bo' } })
  await fireEvent.change(screen.getByTestId('member-role-choice'), { target: { value: 'door' } })
  await fireEvent.click(screen.getByTestId('member-save'))
  expect(screen.getByTestId('member-email').getAttribute('aria-invalid')).toBe('true')
  expect(nameMember).not.toHaveBeenCalled()
  await fireEvent.input(screen.getByTestId('member-email'), { target: { value: ' bo@example.com' } })
  await fireEvent.click(screen.getByTestId('member-save'))
  await vi.waitFor(() => expect(screen.queryByTestId('member-dialog')).toBeNull())
  expect(nameMember).toHaveBeenCalledWith('bo@example.com', { role: 'door', name: null })
})

it('keeps the dialog open where the last owner would lose his role, and says why', async () => {
  const refused = new Problem(409, 'last_owner', 'An account keeps an owner.')
  await show({ nameMember: () => Promise.reject(refused) })
  await fireEvent.click(inside('ada@example.com', 'change-member'))
  await fireEvent.change(screen.getByTestId('member-role-choice'), { target: { value: 'manager' } })
  await fireEvent.click(screen.getByTestId('member-save'))
  const problem = await screen.findByTestId('member-problem')
  expect(problem.querySelector('[data-code=last_owner]')).not.toBeNull()
  expect(screen.getByTestId('member-role-choice')).toHaveProperty('value', 'manager')
})

it('asks before somebody goes, and tells the frame when it is the reader himself', async () => {
  const removeMember = vi.fn(() => Promise.resolve(null))
  const onchange = vi.fn()
  await show({ removeMember }, onchange)
  await fireEvent.click(inside('bo@example.com', 'remove-member'))
  expect(removeMember).not.toHaveBeenCalled()
  await fireEvent.click(screen.getByTestId('remove-go'))
  await vi.waitFor(() => expect(removeMember).toHaveBeenCalledWith('bo@example.com'))
  expect(onchange).not.toHaveBeenCalled()
  await vi.waitFor(() => expect(screen.queryByTestId('remove')).toBeNull())
  await fireEvent.click(inside('ada@example.com', 'remove-member'))
  await fireEvent.click(screen.getByTestId('remove-go'))
  await vi.waitFor(() => expect(onchange).toHaveBeenCalledOnce())
})
