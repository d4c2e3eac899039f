import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { Api } from '$lib/api/client'
import { Problem } from '$lib/api/problem'
import type { Order } from '$lib/api/types'
import { aPlacedOrder } from '$lib/fixtures'
import { attemptKey, noteOrder } from '$lib/purchase/attempt'
import { loadDraft, saveDraft } from '$lib/purchase/draft'
import { OrderWatch } from './watch.svelte'

const body = { ...aPlacedOrder(), lines: [], payment_method: 'card' } as unknown as Parameters<
  typeof attemptKey
>[1]

function watchOf(...answers: (Order['status'] | Problem)[]) {
  const order = vi.fn()
  for (const answer of answers) {
    if (answer instanceof Problem) order.mockRejectedValueOnce(answer)
    else order.mockResolvedValueOnce(aPlacedOrder({ status: answer }))
  }
  return { watch: new OrderWatch({ order } as unknown as Api, 'order', 'secret'), order }
}

beforeEach(() => {
  vi.useFakeTimers()
  sessionStorage.clear()
  saveDraft('summer-fair', { ...loadDraft('summer-fair'), name: 'Kari', quantities: { 'tier/price': 1 } })
})

describe('watching an order', () => {
  it('goes on through payment and generation and rests when the tickets are there', async () => {
    const { watch, order } = watchOf('awaiting_payment', 'settled', 'fulfilled')
    const stop = watch.start()
    expect(watch.watching).toBe(true)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(order).toHaveBeenCalledTimes(3)
    expect(watch.order?.status).toBe('fulfilled')
    expect(watch.watching).toBe(false)
    stop()
  })

  it('empties the choices and retires the key once the order of this tab is complete', async () => {
    const key = attemptKey('summer-fair', body)
    noteOrder('summer-fair', { id: 'order', code: 'K7QX2' })
    const stop = watchOf('fulfilled').watch.start()
    await vi.advanceTimersByTimeAsync(0)
    expect(loadDraft('summer-fair')).toMatchObject({ name: 'Kari', quantities: {} })
    expect(attemptKey('summer-fair', body)).not.toBe(key)
    stop()
  })

  it('keeps the choices of an order that has ended, so that it can be ordered again', async () => {
    const key = attemptKey('summer-fair', body)
    noteOrder('summer-fair', { id: 'order', code: 'K7QX2' })
    const stop = watchOf('expired').watch.start()
    await vi.advanceTimersByTimeAsync(0)
    expect(loadDraft('summer-fair').quantities).toEqual({ 'tier/price': 1 })
    expect(attemptKey('summer-fair', body)).not.toBe(key)
    stop()
  })

  it('leaves the choices alone when it shows another order', async () => {
    const stop = watchOf('fulfilled').watch.start()
    await vi.advanceTimersByTimeAsync(0)
    expect(loadDraft('summer-fair').quantities).toEqual({ 'tier/price': 1 })
    stop()
  })

  it('asks what the payment page has brought when the buyer is back from it, once it can be told', async () => {
    const { order } = watchOf('awaiting_payment')
    const confirm = vi
      .fn()
      .mockRejectedValueOnce(new Problem(503, 'payment_unavailable', 'Away'))
      .mockResolvedValueOnce(aPlacedOrder({ status: 'fulfilled' }))
    const watch = new OrderWatch({ order, confirm } as unknown as Api, 'order', 'secret')
    const stop = watch.start(true)
    await vi.advanceTimersByTimeAsync(0)
    expect([watch.order?.status, watch.confirmed]).toEqual(['awaiting_payment', false])
    await vi.advanceTimersByTimeAsync(60_000)
    expect([watch.order?.status, watch.confirmed]).toEqual(['fulfilled', true])
    expect(confirm).toHaveBeenCalledTimes(2)
    expect(order).toHaveBeenCalledOnce()
    stop()
  })

  it('stops at a wrong key, and goes on without a connection', async () => {
    const wrong = watchOf(new Problem(404, 'not_found', 'Nothing here'))
    const stopWrong = wrong.watch.start()
    await vi.advanceTimersByTimeAsync(60_000)
    expect(wrong.order).toHaveBeenCalledOnce()
    expect(wrong.watch.problem?.code).toBe('not_found')
    stopWrong()

    const offline = watchOf(new Problem(0, 'offline', 'No connection'), 'fulfilled')
    const stopOffline = offline.watch.start()
    await vi.advanceTimersByTimeAsync(60_000)
    expect(offline.watch.order?.status).toBe('fulfilled')
    expect(offline.watch.problem).toBeUndefined()
    stopOffline()
  })

  it('does not show an answer that was overtaken by a later one', async () => {
    const answers: ((status: Order['status']) => void)[] = []
    const order = vi.fn(
      () => new Promise((resolve) => answers.push((status) => resolve(aPlacedOrder({ status })))),
    )
    const watch = new OrderWatch({ order } as unknown as Api, 'order', 'secret')
    const stop = watch.start()
    watch.refresh()
    answers[1]?.('fulfilled')
    await vi.advanceTimersByTimeAsync(0)
    answers[0]?.('settled')
    await vi.advanceTimersByTimeAsync(0)
    expect(watch.order?.status).toBe('fulfilled')
    stop()
  })
})
