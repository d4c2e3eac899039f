import { expect, it } from 'vitest'
import { pairingCode } from './pairing-code'

const code = 'b3a1c2d4e5f60718.Zm9vYmFyYmF6cXV4LWFiY2RlZg'

it.each([
  code,
  ` ${code}\n`,
  `#pair=${code}`,
  `https://tickets.example/work/door#pair=${code}`,
  `https://tickets.example/work/door#from=mail&pair=${encodeURIComponent(code)}`,
])('is found in %j', (text) => {
  expect(pairingCode(text)).toBe(code)
})

it.each([
  '',
  '#pair=',
  'hello',
  '#pair=%',
  'https://tickets.example/tickets/1#key=abcdefghijklmnop',
  `${code} and more`,
])('is not in %j', (text) => {
  expect(pairingCode(text)).toBeUndefined()
})
