import { expect, it } from 'vitest'
import { returnPath } from './return-path'

const path = (wish: unknown) => returnPath(wish, 'https://tickets.example')

it.each(['/my/orders', '/transfers/abc?from=mail#key=secret', 'https://tickets.example/e/fair'])(
  'leads back to %s',
  (wish) =>
    expect('https://tickets.example' + path(wish)).toBe(new URL(wish, 'https://tickets.example').href),
)

it.each([
  'https://evil.example/my',
  '//evil.example/my',
  '/\\evil.example',
  'javascript:alert(1)',
  'https://',
  undefined,
  7,
])('leads to nobody else: %s', (wish) => expect(path(wish)).toBe('/my'))

it.each(['/sign-in', '/sign-in?code=1&state=2'])('never leads in a circle: %s', (wish) =>
  expect(path(wish)).toBe('/my'),
)

it('names no other site by a second slash', () => {
  expect(path('https://tickets.example//evil.example/my')).toBe('/evil.example/my')
})
