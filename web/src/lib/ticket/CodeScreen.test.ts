import { render, screen } from '@testing-library/svelte'
import { beforeEach, expect, it, vi } from 'vitest'
import { aTicketPage } from '$lib/fixtures'
import CodeScreen from './CodeScreen.svelte'

beforeEach(() => {
  HTMLDialogElement.prototype.showModal = vi.fn()
})

const show = () => render(CodeScreen, { ticket: aTicketPage(), src: '/qr.png', onclose: vi.fn() })

it('keeps the screen awake while it is open, and no longer', async () => {
  const lock = { release: vi.fn() }
  const request = vi.fn().mockResolvedValue(lock)
  vi.stubGlobal('navigator', { ...navigator, wakeLock: { request } })
  const { unmount } = show()
  await vi.waitFor(() => expect(request).toHaveBeenCalledWith('screen'))
  await Promise.resolve()
  unmount()
  expect(lock.release).toHaveBeenCalledOnce()
})

it('shows the code as well where the screen can not be kept awake', () => {
  show()
  expect(screen.getByTestId('code-full').getAttribute('src')).toBe('/qr.png')
})
