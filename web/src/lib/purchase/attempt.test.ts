import { beforeEach, describe, expect, it, vi } from 'vitest'
import { eur } from '$lib/fixtures'
import type { PlaceRequest } from '$lib/api/types'
import { attemptKey, forgetAttempt, notedOrder, noteOrder, retireKey } from './attempt'

const body = (quantity = 1): PlaceRequest => ({
  lines: [{ tier_id: 'tier', price_id: 'price', quantity }],
  buyer: { email: 'kari@example.com', name: 'Kari' },
  payment_method: 'card',
  total: eur(1000 * quantity),
})

beforeEach(() => sessionStorage.clear())

describe('the key of an attempt', () => {
  it('stays while the body stays, also over a reload', () => {
    const key = attemptKey('fair', body())
    expect(key).toMatch(/^[0-9a-f-]{36}$/)
    expect(attemptKey('fair', body())).toBe(key)
  })

  it('is new when the body changes, and for another event', () => {
    const key = attemptKey('fair', body())
    expect(attemptKey('ball', body())).not.toBe(key)
    expect(attemptKey('fair', body(2))).not.toBe(key)
  })

  it('stays when the order is placed, so that going back finds the same order', () => {
    const key = attemptKey('fair', body())
    noteOrder('fair', { id: 'o1', code: 'K7' })
    expect(attemptKey('fair', body())).toBe(key)
    expect(notedOrder('fair')).toEqual({ id: 'o1', code: 'K7' })
  })

  it('is retired once, with its own order only', () => {
    const key = attemptKey('fair', body())
    noteOrder('fair', { id: 'o1', code: 'K7' })
    expect(retireKey('another')).toBeUndefined()
    expect(attemptKey('fair', body())).toBe(key)
    expect(retireKey('o1')).toBe('fair')
    expect(retireKey('o1')).toBeUndefined()
    expect(notedOrder('fair')).toEqual({ id: 'o1', code: 'K7' })
    expect(attemptKey('fair', body())).not.toBe(key)
  })

  it('can be forgotten', () => {
    const key = attemptKey('fair', body())
    forgetAttempt('fair')
    expect(attemptKey('fair', body())).not.toBe(key)
  })

  it('is still given when storage is blocked', () => {
    vi.spyOn(Storage.prototype, 'setItem').mockImplementation(() => {
      throw new DOMException('blocked', 'SecurityError')
    })
    expect(attemptKey('fair', body())).toMatch(/^[0-9a-f-]{36}$/)
  })
})
