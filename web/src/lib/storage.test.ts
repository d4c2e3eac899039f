import { afterEach, expect, it, vi } from 'vitest'
import { read, write } from './storage'

afterEach(() => vi.restoreAllMocks())

it('gives back what it was given, and forgets what is taken away', () => {
  write('session', 'name', { kept: true })
  expect(read('session', 'name')).toEqual({ kept: true })
  expect(read('local', 'name')).toBeUndefined()
  write('session', 'name', undefined)
  expect(read('session', 'name')).toBeUndefined()
})

it.each(['local', 'session'] as const)('only forgets where the %s storage is blocked', (kind) => {
  vi.spyOn(window, `${kind}Storage`, 'get').mockImplementation(() => {
    throw new DOMException('Access is denied', 'SecurityError')
  })
  write(kind, 'name', 1)
  expect(read(kind, 'name')).toBeUndefined()
})
