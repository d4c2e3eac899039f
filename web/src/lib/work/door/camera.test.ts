import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Camera } from './camera.svelte'

const video = { play: () => Promise.resolve(), srcObject: null } as unknown as HTMLVideoElement

function devices(getUserMedia: (wish: MediaStreamConstraints) => Promise<unknown>, torch = false) {
  const track = {
    addEventListener: vi.fn<(name: string, listener: () => void) => void>(),
    stop: vi.fn(),
    applyConstraints: vi.fn(() => Promise.resolve()),
    getSettings: () => ({ deviceId: 'back' }),
    getCapabilities: () => ({ torch }),
  }
  const stream = { getTracks: () => [track], getVideoTracks: () => [track] }
  const asked: MediaStreamConstraints[] = []
  vi.stubGlobal('navigator', {
    mediaDevices: {
      getUserMedia: (wish: MediaStreamConstraints) => {
        asked.push(wish)
        return getUserMedia(wish).then(() => stream)
      },
      enumerateDevices: () =>
        Promise.resolve([
          { kind: 'videoinput', deviceId: 'back', label: 'Back' },
          { kind: 'audioinput', deviceId: 'ear', label: 'Ear' },
          { kind: 'videoinput', deviceId: 'front', label: 'Front' },
        ]),
    },
  })
  return { track, asked }
}

beforeEach(() => vi.useFakeTimers())
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

describe('a camera', () => {
  it('tells what it reads until it is stopped, and gives the camera back', async () => {
    const { track } = devices(() => Promise.resolve())
    const codes = ['A', undefined, 'A', 'B']
    const camera = new Camera(() => Promise.resolve(() => Promise.resolve(codes.shift())))
    const told: string[] = []
    const running = camera.start(video, undefined, (code) => {
      told.push(code)
      if (code === 'B') camera.stop()
    })
    await vi.runAllTimersAsync()
    await running
    expect(told).toEqual(['A', 'A', 'B'])
    expect(camera.cameras.map(({ id }) => id)).toEqual(['back', 'front'])
    expect([camera.state, track.stop.mock.calls.length]).toEqual(['off', 1])
  })

  it('goes on when one picture could not be read', async () => {
    devices(() => Promise.resolve())
    const read = vi.fn<() => Promise<string>>().mockRejectedValueOnce(new Error('no picture yet'))
    read.mockResolvedValue('A')
    const camera = new Camera(() => Promise.resolve(read))
    const running = camera.start(video, undefined, () => camera.stop())
    await vi.runAllTimersAsync()
    await running
    expect(read).toHaveBeenCalledTimes(2)
  })

  it('falls back to any camera when the chosen one is gone', async () => {
    const { asked } = devices(({ video }) =>
      typeof video === 'object' && video.deviceId
        ? Promise.reject(new DOMException('gone', 'OverconstrainedError'))
        : Promise.resolve(),
    )
    const camera = new Camera(() => Promise.resolve(() => Promise.resolve('A')))
    const running = camera.start(video, 'old', () => camera.stop())
    await vi.runAllTimersAsync()
    await running
    expect(asked.map((wish) => typeof wish.video === 'object' && wish.video.facingMode)).toEqual([
      undefined,
      'environment',
    ])
  })

  it.each([
    ['NotAllowedError', 'refused'],
    ['NotFoundError', 'missing'],
    ['NotReadableError', 'failed'],
  ])('says of %s that it is %s', async (name, state) => {
    devices(() => Promise.reject(new DOMException('no', name)))
    const camera = new Camera(() => Promise.resolve(() => Promise.resolve(undefined)))
    await camera.start(video, undefined, () => undefined)
    expect(camera.state).toBe(state)
  })

  it('says that the device has taken it away', async () => {
    const { track } = devices(() => Promise.resolve())
    const camera = new Camera(() => Promise.resolve(() => Promise.resolve(undefined)))
    const running = camera.start(video, undefined, () => undefined)
    await vi.advanceTimersByTimeAsync(1)
    expect(camera.state).toBe('on')
    track.addEventListener.mock.lastCall?.[1]()
    await vi.runAllTimersAsync()
    await running
    expect(camera.state).toBe('failed')
  })

  it('gives the camera back where no reader comes', async () => {
    const { track } = devices(() => new Promise((resolve) => setTimeout(resolve, 50)))
    const camera = new Camera(() => Promise.reject(new Error('not there')))
    await camera.start(video, undefined, () => undefined)
    await vi.runAllTimersAsync()
    expect([camera.state, track.stop.mock.calls.length]).toEqual(['failed', 1])
  })

  it('loads no reader where there is no camera', async () => {
    vi.stubGlobal('navigator', {})
    const reader = vi.fn()
    const camera = new Camera(reader)
    await camera.start(video, undefined, () => undefined)
    expect([camera.state, reader.mock.calls.length]).toEqual(['missing', 0])
  })

  it('turns its light on and off, where it has one', async () => {
    const { track } = devices(() => Promise.resolve(), true)
    const camera = new Camera(() => Promise.resolve(() => Promise.resolve(undefined)))
    const running = camera.start(video, undefined, () => undefined)
    await vi.advanceTimersByTimeAsync(1)
    expect(camera.torch).toBe('off')
    await camera.toggleTorch()
    expect(camera.torch).toBe('on')
    await camera.toggleTorch()
    expect(track.applyConstraints.mock.calls).toEqual([
      [{ advanced: [{ torch: true }] }],
      [{ advanced: [{ torch: false }] }],
    ])
    camera.stop()
    await vi.runAllTimersAsync()
    await running
  })
})
