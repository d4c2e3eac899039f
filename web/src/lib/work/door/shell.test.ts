import { afterEach, expect, it, vi } from 'vitest'
import { Shell } from './shell.svelte'
import { TAKE_OVER } from './take-over'

vi.mock('$app/environment', () => ({ dev: false }))
vi.mock('$app/paths', () => ({ base: '/work' }))

afterEach(() => vi.unstubAllGlobals())

/** A worker that is there already, or comes for the first time. */
function workers({ active }: { active: boolean }) {
  const registration = Object.assign(new EventTarget(), {
    active: active ? {} : null,
    waiting: null as { postMessage: (said: unknown) => void } | null,
    installing: null as EventTarget | null,
    update: vi.fn(() => Promise.resolve()),
  })
  const container = Object.assign(new EventTarget(), {
    register: vi.fn(() => Promise.resolve(registration)),
    ready: Promise.resolve(registration),
  })
  vi.stubGlobal('navigator', { serviceWorker: container })

  /** Lets another version arrive, which waits. */
  function arrive() {
    const waiting = Object.assign(new EventTarget(), { postMessage: vi.fn() })
    registration.installing = waiting
    registration.dispatchEvent(new Event('updatefound'))
    registration.waiting = waiting
    waiting.dispatchEvent(new Event('statechange'))
    return waiting
  }
  return { container, arrive, registration }
}

it('keeps the door alone, so that its pages open without a network', async () => {
  const { container } = workers({ active: false })
  const shell = new Shell()
  shell.begin()
  await vi.waitFor(() => expect(shell.kept).toBe(true))
  expect(container.register).toHaveBeenCalledWith('/work/service-worker.js', { scope: '/work/door' })
  expect(shell.newer).toBe(false)
})

it('takes the first version without asking', async () => {
  const { arrive } = workers({ active: false })
  const shell = new Shell()
  shell.begin()
  await vi.waitFor(() => expect(shell.kept).toBe(true))
  arrive()
  expect(shell.newer).toBe(false)
})

it('lets a newer version wait until somebody agrees', async () => {
  const { arrive } = workers({ active: true })
  const shell = new Shell()
  shell.begin()
  await vi.waitFor(() => expect(shell.kept).toBe(true))
  const waiting = arrive()
  expect(shell.newer).toBe(true)
  expect(waiting.postMessage).not.toHaveBeenCalled()
  shell.update()
  expect(waiting.postMessage).toHaveBeenCalledWith(TAKE_OVER)
})

it('looks for a newer version when somebody comes back to it', async () => {
  const { registration } = workers({ active: true })
  const shell = new Shell()
  const ended = shell.begin()
  await vi.waitFor(() => expect(shell.kept).toBe(true))
  document.dispatchEvent(new Event('visibilitychange'))
  expect(registration.update).toHaveBeenCalledOnce()
  ended()
  document.dispatchEvent(new Event('visibilitychange'))
  expect(registration.update).toHaveBeenCalledOnce()
})

it('offers to be installed where the browser does', async () => {
  workers({ active: true })
  const shell = new Shell()
  const ended = shell.begin()
  const offer = Object.assign(new Event('beforeinstallprompt', { cancelable: true }), {
    prompt: vi.fn(() => Promise.resolve()),
  })
  window.dispatchEvent(offer)
  expect([shell.installable, offer.defaultPrevented]).toEqual([true, true])
  await shell.install()
  expect(offer.prompt).toHaveBeenCalledOnce()
  expect(shell.installable).toBe(false)
  ended()
})
