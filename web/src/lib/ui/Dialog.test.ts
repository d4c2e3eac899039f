import { fireEvent, render, screen } from '@testing-library/svelte'
import { createRawSnippet } from 'svelte'
import { beforeEach, expect, it, vi } from 'vitest'
import Dialog from './Dialog.svelte'

const children = createRawSnippet(() => ({ render: () => '<p>Sure?</p>' }))

beforeEach(() => {
  // jsdom knows the dialog, but not how it opens and closes.
  HTMLDialogElement.prototype.showModal = vi.fn()
})

function show(busy: boolean) {
  const onclose = vi.fn()
  render(Dialog, { title: 'Title', onclose, busy, children, testid: 'dialog' })
  return { onclose, dialog: screen.getByTestId('dialog') }
}

it('closes when the browser closes it, and at its button', async () => {
  const { onclose, dialog } = show(false)
  await fireEvent(dialog, new Event('close'))
  await fireEvent.click(screen.getByRole('button', { hidden: true }))
  expect(onclose).toHaveBeenCalledTimes(2)
})

it('stays until what was asked for in it is answered', async () => {
  const { onclose, dialog } = show(true)
  expect(await fireEvent(dialog, new Event('cancel', { cancelable: true }))).toBe(false)
  await fireEvent(dialog, new Event('close'))
  await fireEvent.click(screen.getByRole('button', { hidden: true }))
  expect(onclose).not.toHaveBeenCalled()
  expect(HTMLDialogElement.prototype.showModal).toHaveBeenCalledTimes(2)
})

it('stays when it was closed to be put above another one', async () => {
  const { onclose, dialog } = show(false)
  dialog.setAttribute('open', '')
  await fireEvent(dialog, new Event('close'))
  expect(onclose).not.toHaveBeenCalled()
})
