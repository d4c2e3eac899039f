// @vitest-environment node
import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { DoorApi } from './api'
import type { Bytes } from './bytes'
import { DoorClock } from './clock'
import { readCredential } from './credential'
import { anApi, aWholeHeader, described, emptyDisk, goodCode, NOW, rosterFile } from './fixtures'
import { recordKey, Roster, RosterIndex } from './roster'
import { refreshRoster } from './roster-files'
import { openStore, type DoorStore } from './store'
import type { RosterHeader } from './types'

const clock = new DoorClock()
let store: DoorStore

beforeEach(async () => {
  emptyDisk()
  store = await openStore('device-1')
})

/** A file that replaces one code. */
async function replacing(code: string, header: RosterHeader): Promise<Bytes> {
  const credential = await rawOf(code, header)
  return Uint8Array.from([...rosterFile.subarray(0, 8), ...(await recordKey(credential)), 0, 0])
}

async function rawOf(code: string, header: RosterHeader): Promise<Bytes> {
  const read = await readCredential(code, header.event.id, () => Promise.resolve(true))
  if (typeof read === 'string') throw new Error(read)
  return read.raw
}

function serving(header: RosterHeader, ...files: Bytes[]): DoorApi {
  const file = vi.fn()
  for (const one of files) file.mockResolvedValueOnce(one)
  return anApi({ roster: () => Promise.resolve(header), file })
}

async function aDelta(name: string, after: number, to: number, file: Bytes) {
  return { name, after, to, url: `/checkin/roster/${name}`, ...(await described(file)) }
}

describe('the roster on the device', () => {
  it('is fetched once and opened again after a reload', async () => {
    const header = await aWholeHeader()
    expect(await refreshRoster(store, serving(header, rosterFile), clock)).toMatchObject({
      state: 'ready',
      changed: true,
    })
    const later = { ...header, chunks: [] }
    expect(await refreshRoster(store, serving(later), clock)).toMatchObject({ changed: false })
    store.close()
    const opened = await Roster.open(await openStore('device-1'))
    expect(await opened?.look(await rawOf(goodCode, header))).toMatchObject({ status: 'valid' })
    expect(clock.offset).toBeDefined()
  })

  it('follows deltas, of which the later one counts, and drops those that another covers', async () => {
    const header = await aWholeHeader()
    const file = await replacing(goodCode, header)
    await refreshRoster(store, serving(header, rosterFile), clock)
    const first = { ...header, cursor: '1.1', chunks: [], deltas: [await aDelta('d1', 0, 1, file)] }
    await refreshRoster(store, serving(first, file), clock)
    expect(await (await Roster.open(store))?.look(await rawOf(goodCode, header))).toBe('revoked')
    const merged = { ...first, cursor: '1.3', deltas: [await aDelta('d1-3', 0, 3, rosterFile)] }
    await refreshRoster(store, serving(merged, rosterFile), clock)
    expect((await store.getAllKeys('files')).sort()).toEqual(['chunk', 'd1-3'])
    expect(await (await Roster.open(store))?.look(await rawOf(goodCode, header))).toMatchObject({
      status: 'valid',
    })
  })

  it('stays as it was when a file is damaged, missing or no file at all', async () => {
    const header = await aWholeHeader()
    await refreshRoster(store, serving(header, rosterFile), clock)
    const file = await replacing(goodCode, header)
    const delta = await aDelta('d', 0, 1, file)
    const next = { ...header, cursor: '1.1', deltas: [delta] }
    await expect(refreshRoster(store, serving(next, file.slice(1)), clock)).rejects.toThrow('damaged')
    await expect(refreshRoster(store, serving({ ...next, deltas: [] }), clock)).rejects.toThrow('missing')
    const cut = file.slice(0, -1)
    const bad = { ...next, deltas: [await aDelta('d', 0, 1, cut)] }
    await expect(refreshRoster(store, serving(bad, cut), clock)).rejects.toThrow('cut off')
    expect((await Roster.open(store))?.header.cursor).toBe('1.0')
  })

  it('gives way to a new generation as a whole', async () => {
    await refreshRoster(store, serving(await aWholeHeader(), rosterFile), clock)
    const chunk = { name: 'second', url: '/s', ...(await described(rosterFile)) }
    const header = await aWholeHeader({ cursor: '2.0', chunks: [chunk] })
    await refreshRoster(store, serving(header, rosterFile), clock)
    expect(await store.getAllKeys('files')).toEqual(['second'])
    const empty = serving(await aWholeHeader({ cursor: '3.0', chunks: [] }))
    expect(await refreshRoster(store, empty, clock)).toMatchObject({ changed: true })
    expect(await store.getAllKeys('files')).toEqual([])
  })

  it('waits while it is being made', async () => {
    const building = { state: 'building' as const, server_time: NOW, retry_after: 2 }
    const api = anApi({ roster: () => Promise.resolve(building) })
    expect(await refreshRoster(store, api, clock)).toEqual({
      state: 'building',
      changed: false,
      retry_after: 2,
    })
  })

  it('refuses what is no file of a roster', () => {
    expect(() => new RosterIndex([rosterFile.slice(1)])).toThrow('not a file')
  })
})
