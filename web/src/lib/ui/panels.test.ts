import { fireEvent, render, screen } from '@testing-library/svelte'
import { createRawSnippet } from 'svelte'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { Problem } from '$lib/api/problem'
import Copyable from './Copyable.svelte'
import Drawer from './Drawer.svelte'
import RemoveDialog from './RemoveDialog.svelte'
import Tabs from './Tabs.svelte'

const children = createRawSnippet(() => ({ render: () => '<p>More about it</p>' }))
let narrow = false

beforeEach(() => {
  // jsdom knows the dialog, but not how it opens and closes, and no screen.
  HTMLDialogElement.prototype.show = vi.fn(function (this: HTMLDialogElement) {
    this.open = true
  })
  HTMLDialogElement.prototype.showModal = vi.fn(function (this: HTMLDialogElement) {
    this.open = true
  })
  const matches = HTMLElement.prototype.matches
  const modal = (selector: string) => selector.includes(':modal')
  vi.spyOn(HTMLElement.prototype, 'matches').mockImplementation(function (this: HTMLElement, selector) {
    return modal(selector) ? narrow : matches.call(this, selector)
  })
  const find = document.querySelector.bind(document)
  vi.spyOn(document, 'querySelector').mockImplementation((selector: string) =>
    modal(selector) ? null : find(selector),
  )
  vi.stubGlobal('matchMedia', () => ({
    matches: narrow,
    addEventListener: vi.fn(),
    removeEventListener: vi.fn(),
  }))
})

describe('a drawer', () => {
  function show(busy = false) {
    const opener = document.body.appendChild(document.createElement('button'))
    opener.focus()
    const onclose = vi.fn()
    const view = render(Drawer, { title: 'Order A1', onclose, busy, children, testid: 'drawer' })
    return { opener, onclose, view }
  }

  it('stands beside the page where there is room, and closes at Escape', async () => {
    narrow = false
    const { onclose } = show()
    expect(HTMLDialogElement.prototype.show).toHaveBeenCalledOnce()
    expect(HTMLDialogElement.prototype.showModal).not.toHaveBeenCalled()
    expect(document.activeElement?.textContent).toBe('Order A1')
    await fireEvent.keyDown(document, { key: 'Escape' })
    expect(onclose).toHaveBeenCalledOnce()
  })

  it('covers the page where there is none', async () => {
    narrow = true
    const { onclose } = show()
    expect(HTMLDialogElement.prototype.showModal).toHaveBeenCalledOnce()
    await fireEvent(screen.getByTestId('drawer'), new Event('cancel', { cancelable: true }))
    expect(onclose).toHaveBeenCalledOnce()
  })

  it('gives the focus back', () => {
    narrow = false
    const { opener, view } = show()
    expect(document.activeElement).not.toBe(opener)
    view.unmount()
    expect(document.activeElement).toBe(opener)
  })

  it('stays while something is under way', async () => {
    narrow = false
    const { onclose } = show(true)
    await fireEvent.keyDown(document, { key: 'Escape' })
    await fireEvent.click(screen.getByTestId('close-drawer'))
    expect(onclose).not.toHaveBeenCalled()
  })
})

describe('tabs', () => {
  const tabs = [
    { id: 'one', label: 'One' },
    { id: 'two', label: 'Two', count: 3 },
  ]
  const panel = createRawSnippet<[string]>((id) => ({ render: () => `<p>This is ${id()}</p>` }))

  it('are walked by the arrow keys, in a circle', async () => {
    const onchange = vi.fn()
    render(Tabs, { label: 'Views', tabs, current: 'one', onchange, children: panel })
    const [one, two] = screen.getAllByRole('tab')
    await fireEvent.keyDown(one as HTMLElement, { key: 'ArrowRight' })
    expect(two?.getAttribute('aria-selected')).toBe('true')
    expect(document.activeElement).toBe(two)
    await fireEvent.keyDown(two as HTMLElement, { key: 'ArrowRight' })
    expect(onchange.mock.calls).toEqual([['two'], ['one']])
    expect(one?.tabIndex).toBe(0)
    expect(two?.tabIndex).toBe(-1)
  })
})

describe('a removal', () => {
  const asked = { title: 'Remove it?', text: 'It is gone for good.', verb: 'Remove' }

  it('closes once it is done', async () => {
    const onclose = vi.fn()
    render(RemoveDialog, { ...asked, run: async () => undefined, onclose })
    await fireEvent.submit(screen.getByTestId('remove').querySelector('form') as HTMLFormElement)
    await vi.waitFor(() => expect(onclose).toHaveBeenCalledOnce())
  })

  it('says why it was refused', async () => {
    const run = async () => Promise.reject(new Problem(409, 'in_use', 'Tickets are sold.'))
    const onclose = vi.fn()
    render(RemoveDialog, { ...asked, run, onclose })
    await fireEvent.submit(screen.getByTestId('remove').querySelector('form') as HTMLFormElement)
    expect((await screen.findByTestId('remove-problem')).textContent).toContain('Tickets are sold.')
    expect(onclose).not.toHaveBeenCalled()
  })

  it('waits until its name is typed', async () => {
    const run = vi.fn(async () => undefined)
    render(RemoveDialog, { ...asked, run, onclose: vi.fn(), typed: 'Summer' })
    const form = screen.getByTestId('remove').querySelector('form') as HTMLFormElement
    await fireEvent.submit(form)
    expect(run).not.toHaveBeenCalled()
    await fireEvent.input(screen.getByTestId('remove-typed'), { target: { value: 'Summer' } })
    await fireEvent.submit(form)
    expect(run).toHaveBeenCalledOnce()
  })
})

describe('a text to copy', () => {
  it('is copied, and says so', async () => {
    const writeText = vi.fn(async () => undefined)
    vi.stubGlobal('navigator', { clipboard: { writeText } })
    render(Copyable, { text: 'whsec_1', label: 'Secret', secret: true, testid: 'secret' })
    expect(screen.getByTestId('secret').textContent).not.toContain('whsec_1')
    await fireEvent.click(screen.getByTestId('copy'))
    expect(writeText).toHaveBeenCalledWith('whsec_1')
    expect((await screen.findByRole('status')).textContent).toContain('Copied')
  })

  it('is shown where the browser does not copy', async () => {
    vi.stubGlobal('navigator', {})
    render(Copyable, { text: 'whsec_1', label: 'Secret', secret: true, testid: 'secret' })
    await fireEvent.click(screen.getByTestId('copy'))
    expect(screen.getByTestId('secret').textContent).toContain('whsec_1')
  })
})
