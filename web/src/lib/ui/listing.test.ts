import { expect, it, vi } from 'vitest'
import { Listing } from './listing.svelte'

/** A list of five that comes in pages of two. */
function pages(fails: () => boolean = () => false) {
  const all = [1, 2, 3, 4, 5]
  return async (cursor?: string) => {
    if (fails()) throw new TypeError('Failed to fetch')
    const from = Number(cursor ?? 0)
    return { items: all.slice(from, from + 2), cursor: from + 2 < all.length ? String(from + 2) : null }
  }
}

it('reads page by page to the end', async () => {
  const list = new Listing(pages())
  expect(list.items).toBeUndefined()
  await list.load()
  expect(list.items).toEqual([1, 2])
  await list.more()
  await list.more()
  expect(list.items).toEqual([1, 2, 3, 4, 5])
  expect(list.hasMore).toBe(false)
})

it('reads anew as much as was shown', async () => {
  const list = new Listing(pages())
  await list.load()
  await list.more()
  await list.load()
  expect(list.items).toEqual([1, 2, 3, 4])
  expect(list.hasMore).toBe(true)
})

it('keeps what it has when the rest does not come, and goes on from there', async () => {
  let broken = false
  const list = new Listing(pages(() => broken))
  await list.load()
  broken = true
  await list.more()
  expect(list.items).toEqual([1, 2])
  expect(list.problem?.code).toBe('offline')
  broken = false
  await list.more()
  expect(list.items).toEqual([1, 2, 3, 4])
  expect(list.problem).toBeUndefined()
})

it('lets a page go that comes after it was read anew', async () => {
  let late: (page: { items: number[]; cursor: null }) => void = () => undefined
  const read = vi
    .fn<(cursor?: string) => Promise<{ items: number[]; cursor: string | null }>>()
    .mockResolvedValueOnce({ items: [1], cursor: '1' })
    .mockReturnValueOnce(new Promise((answer) => (late = answer)))
    .mockResolvedValueOnce({ items: [7], cursor: null })
  const list = new Listing(read)
  await list.load()
  const more = list.more()
  await list.load()
  late({ items: [2], cursor: null })
  await more
  expect(list.items).toEqual([7])
  expect(list.busy).toBe(false)
})

it('puts what was made first, whatever is being read, and goes on where it was', async () => {
  let late: (page: { items: number[]; cursor: null }) => void = () => undefined
  const read = vi
    .fn<(cursor?: string) => Promise<{ items: number[]; cursor: string | null }>>()
    .mockResolvedValueOnce({ items: [1, 2], cursor: '2' })
    .mockReturnValueOnce(new Promise((answer) => (late = answer)))
    .mockResolvedValueOnce({ items: [3], cursor: null })
  const list = new Listing(read)
  await list.load()
  const anew = list.load()
  list.add(9)
  late({ items: [1, 2], cursor: null })
  await anew
  expect(list.items).toEqual([9, 1, 2])
  expect(list.busy).toBe(false)
  await list.more()
  expect(list.items).toEqual([9, 1, 2, 3])
})
