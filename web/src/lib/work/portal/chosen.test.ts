import { expect, it } from 'vitest'
import { Chosen } from './chosen.svelte'

const list = ['a', 'b', 'c', 'd', 'e'].map((id) => ({ id, seen: 1 }))
const one = (id: string) => list.find((item) => item.id === id) as (typeof list)[number]
const ids = (chosen: Chosen<{ id: string }>) => chosen.all.map(({ id }) => id).sort()

it('chooses and lets go', () => {
  const chosen = new Chosen<{ id: string }>()
  chosen.toggle(one('b'))
  chosen.toggle(one('c'))
  chosen.toggle(one('b'))
  expect(ids(chosen)).toEqual(['c'])
  chosen.clear()
  expect(chosen.count).toBe(0)
})

it.each([
  ['b', 'd'],
  ['d', 'b'],
])('reaches from %s to %s, in whichever direction', (from, to) => {
  const chosen = new Chosen<{ id: string }>()
  chosen.toggle(one(from))
  chosen.reach(one(to), list)
  expect(ids(chosen)).toEqual(['b', 'c', 'd'])
})

it('chooses one alone where no range has begun', () => {
  const chosen = new Chosen<{ id: string }>()
  chosen.reach(one('d'), list)
  expect(ids(chosen)).toEqual(['d'])
})

it('follows those that are read again, and takes no others up', () => {
  const chosen = new Chosen<{ id: string; seen: number }>()
  chosen.add([one('a')])
  chosen.follow([
    { id: 'a', seen: 2 },
    { id: 'b', seen: 2 },
  ])
  expect(chosen.all).toEqual([{ id: 'a', seen: 2 }])
})
