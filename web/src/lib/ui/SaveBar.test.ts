import { fireEvent, render, screen } from '@testing-library/svelte'
import type { BeforeNavigate } from '@sveltejs/kit'
import { beforeEach, expect, it, vi } from 'vitest'
import { Problem } from '$lib/api/problem'
import SaveBar from './SaveBar.svelte'

const mocks = vi.hoisted(() => ({ before: vi.fn(), goto: vi.fn(async () => undefined) }))
vi.mock('$app/navigation', () => ({ beforeNavigate: mocks.before, goto: mocks.goto }))

beforeEach(() => {
  HTMLDialogElement.prototype.showModal = vi.fn()
  mocks.before.mockClear()
  mocks.goto.mockClear()
})

function show(dirty: boolean, problem?: Problem) {
  const onsave = vi.fn()
  render(SaveBar, { dirty, problem, onsave, ondiscard: vi.fn() })
  const guard = mocks.before.mock.lastCall?.[0] as (navigation: BeforeNavigate) => void
  const leave = (to: string, willUnload = false) => {
    const cancel = vi.fn()
    const url = (path: string) => ({ url: new URL(path, 'https://site.example') })
    guard({ from: url('/work/a'), to: url(to), willUnload, cancel } as unknown as BeforeNavigate)
    return cancel
  }
  return { onsave, leave }
}

it('is there while there is something to save', async () => {
  const { onsave } = show(true)
  await fireEvent.click(screen.getByTestId('save'))
  expect(onsave).toHaveBeenCalledOnce()
})

it('lets go who has nothing to save, or stays on the page', () => {
  expect(show(false).leave('/work/b')).not.toHaveBeenCalled()
  expect(screen.queryByTestId('save-bar')).toBeNull()
  expect(show(true).leave('/work/a?tab=2')).not.toHaveBeenCalled()
})

it('asks who leaves, and lets him go when he says so', async () => {
  const { leave } = show(true)
  expect(leave('/work/b')).toHaveBeenCalledOnce()
  await fireEvent.click(await screen.findByTestId('leave-go'))
  expect(mocks.goto).toHaveBeenCalledExactlyOnceWith(new URL('https://site.example/work/b'))
})

it('has the browser ask who closes the page', () => {
  expect(show(true).leave('/work/b', true)).toHaveBeenCalledOnce()
  expect(screen.queryByTestId('leave')).toBeNull()
})

it('says why it was not saved', () => {
  show(true, new Problem(409, 'conflict', 'Somebody else has changed it.'))
  expect(screen.getByTestId('save-bar').textContent).toContain('Somebody else has changed it.')
})
