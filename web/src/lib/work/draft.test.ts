import { describe, expect, it, vi } from 'vitest'
import { Problem } from '$lib/api/problem'
import { Draft } from './draft.svelte'

const BASE = { title: 'Fair', capacity: 10 as number | null, venue: { name: 'Hall' } }

describe('a draft', () => {
  it('sends only what was changed, and is clean after', async () => {
    const draft = new Draft(BASE)
    expect(draft.dirty).toBe(false)
    draft.now.capacity = null
    draft.now.venue.name = 'Barn'
    const write = vi.fn((changes: Partial<typeof BASE>) => Promise.resolve({ ...BASE, ...changes }))
    expect(await draft.save(() => Promise.resolve(BASE), write)).toBe(true)
    expect(write).toHaveBeenCalledWith({ capacity: null, venue: { name: 'Barn' } }, BASE)
    expect(draft.dirty).toBe(false)
    expect(BASE.venue.name).toBe('Hall')
  })

  it('keeps what is typed while it is being saved', async () => {
    const draft = new Draft(BASE)
    draft.now.title = 'Fai'
    const write = (changes: Partial<typeof BASE>) => {
      draft.now.title = 'Fair and square'
      draft.now.capacity = 11
      return Promise.resolve({ ...BASE, ...changes })
    }
    expect(await draft.save(() => Promise.resolve(BASE), write)).toBe(true)
    expect(draft.changes).toEqual({ title: 'Fair and square', capacity: 11 })
  })

  it('sends what stood there when it was to be saved, and not what was typed since', async () => {
    const draft = new Draft(BASE)
    draft.now.title = 'Fair and square'
    const read = () => {
      draft.now.title = 'Fair and squ'
      draft.now.capacity = 1
      return Promise.resolve(BASE)
    }
    const write = vi.fn((changes: Partial<typeof BASE>) => Promise.resolve({ ...BASE, ...changes }))
    expect(await draft.save(read, write)).toBe(true)
    expect(write).toHaveBeenCalledWith({ title: 'Fair and square' }, BASE)
    expect(draft.changes).toEqual({ title: 'Fair and squ', capacity: 1 })
  })

  it('is not dirty when what was changed is as it was again', () => {
    const draft = new Draft(BASE)
    draft.now.title = 'Other'
    draft.now.title = 'Fair'
    expect(draft.dirty).toBe(false)
  })

  it('overwrites nothing that somebody else has changed, until that is wanted', async () => {
    const draft = new Draft(BASE)
    draft.now.title = 'Mine'
    const there = { ...BASE, title: 'Theirs', capacity: 20 }
    const write = vi.fn((changes: Partial<typeof BASE>) => Promise.resolve({ ...there, ...changes }))
    expect(await draft.save(() => Promise.resolve(there), write)).toBe(false)
    expect(write).not.toHaveBeenCalled()
    expect(draft.clashes).toEqual(['title'])
    expect(draft.now).toMatchObject({ title: 'Mine', capacity: 20 })
    draft.keepMine()
    expect(await draft.save(() => Promise.resolve(there), write)).toBe(true)
    expect(write).toHaveBeenCalledWith({ title: 'Mine' }, there)
    expect(draft.now.capacity).toBe(20)
  })

  it('takes theirs where that is wanted', async () => {
    const draft = new Draft(BASE)
    draft.now.title = 'Mine'
    draft.now.capacity = 12
    const there = { ...BASE, title: 'Theirs' }
    await draft.save(
      () => Promise.resolve(there),
      () => Promise.resolve(there),
    )
    draft.takeTheirs()
    expect(draft.now.title).toBe('Theirs')
    expect(draft.changes).toEqual({ capacity: 12 })
  })

  it('lets pass what somebody else has changed elsewhere, or to the same', async () => {
    const draft = new Draft(BASE)
    draft.now.title = 'Same'
    const there = { ...BASE, title: 'Same', capacity: 11 }
    const write = vi.fn(() => Promise.resolve(there))
    expect(await draft.save(() => Promise.resolve(there), write)).toBe(true)
    expect(draft.now.capacity).toBe(11)
  })

  it('keeps all that was typed when it is refused', async () => {
    const draft = new Draft(BASE)
    draft.now.title = ''
    const refused = new Problem(422, 'invalid_input', 'Not right.', [{ field: 'title', message: 'is empty' }])
    const kept = await draft.save(
      () => Promise.resolve(BASE),
      () => Promise.reject(refused),
    )
    expect(kept).toBe(false)
    expect(draft.fault('title')).toBe('is empty')
    expect(draft.now.title).toBe('')
    expect(draft.dirty).toBe(true)
    draft.discard()
    expect(draft.now.title).toBe('Fair')
    expect(draft.problem).toBeUndefined()
  })
})
