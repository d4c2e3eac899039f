import { beforeEach, describe, expect, it, vi } from 'vitest'
import { Problem } from '$lib/api/problem'
import { aQuote } from '$lib/fixtures'
import { LiveQuote } from './live-quote.svelte'

const line = (quantity: number) => ({ lines: [{ tier_id: 'tier', price_id: 'price', quantity }] })

beforeEach(() => {
  vi.useFakeTimers()
})

describe('the live quote', () => {
  it('asks once for a burst of changes, and for the last of them', async () => {
    const ask = vi.fn().mockResolvedValue(aQuote(3000))
    const quote = new LiveQuote(ask)
    for (const quantity of [1, 2, 3]) quote.request(line(quantity))
    expect(quote.pending).toBe(true)
    await vi.runAllTimersAsync()
    expect(ask).toHaveBeenCalledOnce()
    expect(ask.mock.calls[0]?.[0]).toEqual(line(3))
    expect(quote.current?.total.amount).toBe(3000)
    expect(quote.pending).toBe(false)
  })

  it('never shows an older answer after a newer question', async () => {
    const ask = vi.fn(async ({ lines }: { lines: { quantity: number }[] }) => {
      const quantity = lines[0]?.quantity ?? 0
      await new Promise((resume) => setTimeout(resume, quantity === 1 ? 5000 : 10))
      return aQuote(quantity * 1000)
    })
    const quote = new LiveQuote(ask)
    quote.request(line(1))
    await vi.advanceTimersByTimeAsync(1000)
    quote.request(line(2))
    await vi.runAllTimersAsync()
    expect(quote.current?.total.amount).toBe(2000)
  })

  it('waits for the latest answer when asked to settle', async () => {
    const quote = new LiveQuote(({ lines }) => Promise.resolve(aQuote((lines[0]?.quantity ?? 0) * 1000)))
    quote.request(line(1))
    const settled = quote.settled()
    quote.request(line(2))
    await vi.runAllTimersAsync()
    expect((await settled)?.total.amount).toBe(2000)
  })

  it('tells why there is no quote', async () => {
    const quote = new LiveQuote(() => Promise.reject(new Problem(409, 'sold_out', 'Sold out')))
    quote.request(line(1))
    await vi.runAllTimersAsync()
    expect(quote.problem?.code).toBe('sold_out')
    expect(await quote.settled()).toBeUndefined()
  })

  it('does not ask twice for the same, nor for nothing', async () => {
    const ask = vi.fn().mockResolvedValue(aQuote(1000))
    const quote = new LiveQuote(ask)
    quote.request(line(1))
    await vi.runAllTimersAsync()
    quote.request(line(1))
    quote.request({ lines: [] })
    await vi.runAllTimersAsync()
    expect(ask).toHaveBeenCalledOnce()
    expect(quote.current).toBeUndefined()
  })
})
