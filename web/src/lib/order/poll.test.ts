import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { poll, type Poll } from './poll'

let running: Poll | undefined

beforeEach(() => {
  vi.useFakeTimers()
})

afterEach(() => running?.stop())

describe('polling', () => {
  it('asks at once, then less and less often, until there is nothing to wait for', async () => {
    const times: number[] = []
    const start = Date.now()
    const onStop = vi.fn()
    running = poll(() => {
      times.push(Date.now() - start)
      return Promise.resolve(times.length === 4)
    }, onStop)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(times).toEqual([0, 1000, 2500, 4750])
    expect(onStop).toHaveBeenCalled()
  })

  it('takes an error for "not yet"', async () => {
    const look = vi.fn().mockRejectedValueOnce(new Error('offline')).mockResolvedValue(true)
    running = poll(look)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(look).toHaveBeenCalledTimes(2)
  })

  it('gives up after half an hour', async () => {
    const look = vi.fn().mockResolvedValue(false)
    running = poll(look)
    await vi.advanceTimersByTimeAsync(31 * 60_000)
    const calls = look.mock.calls.length
    await vi.advanceTimersByTimeAsync(60 * 60_000)
    expect(look.mock.calls.length).toBe(calls)
  })

  it('rests while the page is hidden and asks at once when it is seen again', async () => {
    const look = vi.fn().mockResolvedValue(false)
    const hidden = vi.spyOn(document, 'hidden', 'get').mockReturnValue(true)
    running = poll(look)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(look).toHaveBeenCalledOnce()
    hidden.mockReturnValue(false)
    document.dispatchEvent(new Event('visibilitychange'))
    await vi.advanceTimersByTimeAsync(0)
    expect(look).toHaveBeenCalledTimes(2)
  })

  it('stops when told to', async () => {
    const look = vi.fn().mockResolvedValue(false)
    running = poll(look)
    await vi.advanceTimersByTimeAsync(0)
    running.stop()
    running.now()
    await vi.advanceTimersByTimeAsync(60_000)
    expect(look).toHaveBeenCalledOnce()
  })

  it('starts again after there was nothing more to wait for', async () => {
    const look = vi.fn().mockResolvedValueOnce(true).mockResolvedValue(false)
    running = poll(look)
    await vi.advanceTimersByTimeAsync(60_000)
    running.now()
    await vi.advanceTimersByTimeAsync(1_000)
    expect(look).toHaveBeenCalledTimes(3)
  })
})
