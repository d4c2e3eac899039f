import { fireEvent, render, screen } from '@testing-library/svelte'
import { createRawSnippet } from 'svelte'
import { expect, it, vi } from 'vitest'
import type { Session } from '$lib/session/session.svelte'
import Frame from './Frame.svelte'

const WITHOUT_PAGE = '/work/organizer/org_1/events/evt_1/reports'
vi.mock('$app/paths', () => ({
  match: async (path: string) => (path === WITHOUT_PAGE ? null : { id: path, params: {} }),
}))
vi.mock('$app/state', () => ({
  page: { url: new URL('https://site.example/work/organizer/org_1/events/evt_1/setup/tiers') },
}))

const children = createRawSnippet(() => ({ render: () => '<p>The page</p>' }))
const event = { id: 'evt_1', title: 'Nordic Days', status: 'published' as const }

function show(role: 'owner' | 'finance' | 'door', session: Partial<Session> = {}) {
  const signOut = vi.fn(async () => undefined)
  const account = { id: 'org_1', title: 'Northern Lights', role }
  render(Frame, {
    session: { email: 'kari@example.com', ended: false, signOut, ...session } as unknown as Session,
    place: { accounts: [account], account, event },
    children,
  })
  return { signOut }
}

const links = () => screen.getAllByRole('link').map((link) => link.dataset.testid)

it('leads to the parts that have a page and that the role may see', async () => {
  show('finance')
  await screen.findByTestId('section-orders')
  expect(links()).not.toContain('section-reports')
  expect(links()).not.toContain('section-setup')
})

it('says where one is, and shows its parts', async () => {
  show('owner')
  const here = await screen.findByTestId('section-setup/tiers')
  expect(here.getAttribute('aria-current')).toBe('page')
  expect(screen.getByTestId('section-setup').getAttribute('aria-current')).toBe('true')
})

it('says who is signed in, and lets him out', async () => {
  const { signOut } = show('door')
  await fireEvent.click(screen.getByTestId('me'))
  expect(screen.getByTestId('account-email').textContent).toBe('kari@example.com')
  await fireEvent.click(screen.getByTestId('sign-out'))
  expect(signOut).toHaveBeenCalledOnce()
})

it('closes its menus at Escape, and gives the focus back', async () => {
  show('owner')
  const opener = screen.getByTestId('place')
  await fireEvent.click(opener)
  expect(opener.getAttribute('aria-expanded')).toBe('true')
  await fireEvent.keyDown(screen.getByTestId('place-panel'), { key: 'Escape' })
  expect(screen.queryByTestId('place-panel')).toBeNull()
  expect(document.activeElement).toBe(opener)
})

it('keeps the page when the sign-in has ended, and offers a new one', async () => {
  const signIn = vi.fn(async () => undefined)
  show('owner', { ended: true, signIn })
  expect(screen.getByText('The page')).toBeTruthy()
  await fireEvent.click(screen.getByTestId('sign-in-again'))
  expect(signIn).toHaveBeenCalledOnce()
})
