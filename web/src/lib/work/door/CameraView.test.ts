import { render, screen } from '@testing-library/svelte'
import { afterEach, expect, it, vi } from 'vitest'
import { Camera } from './camera.svelte'
import CameraView from './CameraView.svelte'
import { OUT_OF_VIEW } from './in-view'

afterEach(() => {
  vi.useRealTimers()
})

/** A camera that sees what a test holds before it. */
function aCamera() {
  const camera = new Camera(() => Promise.reject(new Error('not opened')))
  let tell: (code: string) => void = () => undefined
  vi.spyOn(camera, 'start').mockImplementation((_video, _id, told) => {
    tell = told
    camera.state = 'on'
    return Promise.resolve()
  })
  vi.spyOn(camera, 'stop').mockImplementation(() => (camera.state = 'off'))
  return { camera, sees: (code: string) => tell(code) }
}

const state = () => screen.getByTestId('camera').dataset['state']

it('tells a code once while it stays in view', () => {
  vi.useFakeTimers()
  const { camera, sees } = aCamera()
  const oncode = vi.fn()
  render(CameraView, { saving: false, oncode, camera })
  for (let looks = 0; looks < 50; looks++) {
    sees('A')
    vi.advanceTimersByTime(100)
  }
  expect(oncode.mock.calls).toEqual([['A']])
  vi.advanceTimersByTime(OUT_OF_VIEW)
  sees('A')
  expect(oncode).toHaveBeenCalledTimes(2)
})

it('tells nothing while something else is open, and not what is still in view after that', async () => {
  vi.useFakeTimers()
  const { camera, sees } = aCamera()
  const oncode = vi.fn()
  const { rerender } = render(CameraView, { saving: false, oncode, camera })
  sees('A')
  await rerender({ paused: true })
  for (let looks = 0; looks < 100; looks++) {
    sees('A')
    sees('B')
    vi.advanceTimersByTime(100)
  }
  await rerender({ paused: false })
  sees('A')
  sees('B')
  expect(oncode.mock.calls).toEqual([['A'], ['B']])
})

it('rests when nothing new comes into view, and goes on when it is asked to', async () => {
  vi.useFakeTimers()
  const { camera, sees } = aCamera()
  render(CameraView, { saving: true, oncode: () => undefined, camera })
  vi.advanceTimersByTime(29_000)
  sees('A')
  await vi.advanceTimersByTimeAsync(29_000)
  expect(state()).toBe('on')
  await vi.advanceTimersByTimeAsync(2_000)
  expect(state()).toBe('resting')
  expect(camera.stop).toHaveBeenCalledOnce()
  screen.getByTestId('camera-wake').click()
  await vi.advanceTimersByTimeAsync(0)
  expect(state()).toBe('on')
})

it('never rests where it was told not to', async () => {
  vi.useFakeTimers()
  const { camera } = aCamera()
  render(CameraView, { saving: false, oncode: () => undefined, camera })
  await vi.advanceTimersByTimeAsync(600_000)
  expect(state()).toBe('on')
})
