import { afterEach, expect, it, vi } from 'vitest'
import { keepFor, readOwn, writeOwn } from './own'

afterEach(() => {
  vi.restoreAllMocks()
  sessionStorage.clear()
})

it('keeps what is begun for one, and nothing of it for the next', () => {
  sessionStorage.setItem('draft', '1')
  keepFor('kari')
  writeOwn('work', { id: 'job' })
  keepFor('kari')
  expect(readOwn('work')).toEqual({ id: 'job' })
  keepFor('ola')
  expect(readOwn('work')).toBeUndefined()
  expect(sessionStorage.getItem('draft')).toBe('1')
})

it('keeps nothing when nobody is left', () => {
  keepFor('kari')
  writeOwn('work', 1)
  keepFor()
  expect(sessionStorage).toHaveLength(0)
})

it('only forgets where storage is blocked', () => {
  vi.spyOn(window, 'sessionStorage', 'get').mockImplementation(() => {
    throw new DOMException('Access is denied', 'SecurityError')
  })
  keepFor('kari')
  writeOwn('work', 1)
  expect(readOwn('work')).toBeUndefined()
})
