import { expect, it } from 'vitest'
import { KeyScanner, type Key } from './key-scanner'

/** Types keys at a pace; answers the codes that are told. */
function typed(scanner: KeyScanner, keys: readonly (string | Partial<Key>)[], pace: number, from = 0) {
  return keys.flatMap((key, number) => {
    const one = typeof key === 'string' ? { key } : { key: '', ...key }
    const code = scanner.take({ timeStamp: from + number * pace, ...one })
    return code === undefined ? [] : [code]
  })
}

it('reads what comes at once and ends with Enter', () => {
  const scanner = new KeyScanner()
  expect(typed(scanner, [...'6BF%Q-$ 0A', 'Enter', ...'SECOND', 'Enter'], 8)).toEqual([
    '6BF%Q-$ 0A',
    'SECOND',
  ])
})

it('reads past the keys that shift letters', () => {
  const keys = ['Shift', 'A', 'Shift', 'B', 'C', 'D', 'E', 'F', 'Enter']
  expect(typed(new KeyScanner(), keys, 10)).toEqual(['ABCDEF'])
})

it('leaves what people type alone', () => {
  const scanner = new KeyScanner()
  expect(typed(scanner, [...'hello you', 'Enter'], 200)).toEqual([])
  expect(scanner.reading).toBe(false)
})

it('leaves a single Enter, a few keys and shortcuts alone', () => {
  const scanner = new KeyScanner()
  expect(typed(scanner, ['Enter', 'a', 'b', 'Enter'], 5)).toEqual([])
  const shortcut = { key: 'r', ctrlKey: true }
  expect(typed(scanner, [...'ABCDE', shortcut, 'Enter'], 5, 1_000)).toEqual([])
})

it('begins anew after a pause', () => {
  const scanner = new KeyScanner()
  typed(scanner, [...'LOST'], 5)
  expect(typed(scanner, [...'WHOLE1', 'Enter'], 5, 5_000)).toEqual(['WHOLE1'])
})
