import { beforeEach, expect, it } from 'vitest'
import { keepOrderKey, keyIn, orderKey, orderPath, pathOf } from './keys'

beforeEach(() => localStorage.clear())

it('takes the key from the fragment and keeps it for the return from the pay page', () => {
  expect(orderKey('o1', '#key=abc-1')).toBe('abc-1')
  expect(orderKey('o1', '')).toBe('abc-1')
  expect(orderKey('o2', '')).toBeUndefined()
})

it('prefers the key of the address to the one kept', () => {
  keepOrderKey('o1', 'old')
  expect(orderKey('o1', '#key=new')).toBe('new')
})

it('writes an address that it can read', () => {
  const path = orderPath('o1', 'a+b/c=')
  expect(path.startsWith('/orders/o1#key=')).toBe(true)
  expect(keyIn(path.slice(path.indexOf('#')))).toBe('a+b/c=')
})

it('never names another site in a path', () => {
  expect(pathOf('https://tickets.example//evil.example/t#key=k')).toBe('/evil.example/t#key=k')
})
