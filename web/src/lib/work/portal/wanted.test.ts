import { expect, it } from 'vitest'
import { readWanted, writeWanted } from './wanted'

it('writes what it reads', () => {
  const address = '?event=concert&state=allocated&tier=seat&q=Ada+L&relay=jonas%40example.com&view=map'
  const read = readWanted(new URLSearchParams(address))
  expect(read).toEqual({
    wanted: { event: 'concert', state: 'allocated', tier: 'seat', q: 'Ada L' },
    relay: 'jonas@example.com',
    asMap: true,
  })
  expect(writeWanted(read)).toBe(address)
})

it('takes no state that there is none of, and says nothing of nothing', () => {
  expect(readWanted(new URLSearchParams('?state=lost')).wanted.state).toBeUndefined()
  expect(writeWanted(readWanted(new URLSearchParams()))).toBe('?')
})
