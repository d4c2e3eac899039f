// @vitest-environment node
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { Problem } from '$lib/api/problem'
import type { DoorApi } from './api'
import { Door } from './door'
import {
  admitted,
  anApi,
  aWholeHeader,
  emptyDisk,
  goodCode,
  newerCode,
  NOW,
  plainList,
  rosterFile,
  takesAll,
} from './fixtures'
import { scansSetAside } from './queue'
import { openStore } from './store'
import type { OfflineScan, RosterHeader, ScanRequest, SyncedScan } from './types'

const gone = () => Promise.reject(new Problem(0, 'offline', 'No connection'))

beforeEach(emptyDisk)

async function aDoor(api: DoorApi, header: Partial<RosterHeader> = {}): Promise<Door> {
  const whole = await aWholeHeader(header)
  const served = { roster: () => Promise.resolve(whole), file: () => Promise.resolve(rosterFile) }
  const door = await Door.open('device-1', { ...api, ...served })
  await door.refresh()
  return door
}

describe('a door', () => {
  it('shows what the server says while that answers', async () => {
    const door = await aDoor(anApi({ scan: () => Promise.resolve(admitted) }))
    expect(await door.scan({ credential: goodCode })).toMatchObject({ result: 'admitted', offline: false })
    expect(await door.waiting()).toBe(0)
  })

  it('decides by itself when no answer comes in time, under the nonce that was sent', async () => {
    const asked: ScanRequest[] = []
    const silent = (request: ScanRequest, signal: AbortSignal) => {
      asked.push(request)
      return new Promise<never>((_resolve, reject) =>
        signal.addEventListener('abort', () => reject(signal.reason as Error)),
      )
    }
    const sync = vi.fn(takesAll)
    const door = await aDoor(anApi({ scan: silent, sync }))
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const scanning = door.scan({ credential: goodCode })
    await vi.advanceTimersByTimeAsync(2_000)
    vi.useRealTimers()
    const answer = await scanning
    expect(answer).toMatchObject({ result: 'admitted', offline: true, nonce: asked[0]?.nonce })
    await door.sync()
    expect(sync.mock.calls[0]?.[0]).toMatchObject([
      { nonce: answer.nonce, outcome: 'admitted', at: answer.at },
    ])
    expect(await door.waiting()).toBe(0)
  })

  it('lets nobody in twice without a network, also of two scans at once', async () => {
    const door = await aDoor(anApi({ scan: gone }))
    const answers = await Promise.all([
      door.scan({ credential: goodCode }),
      door.scan({ credential: goodCode }),
    ])
    expect(answers.map(({ result }) => result).sort()).toEqual(['admitted', 'refused'])
    expect(answers.find(({ result }) => result === 'refused')).toMatchObject({
      reason: 'already_in',
      may_force: true,
      earlier: { gate: 'North', device: 'Gate North' },
    })
    expect(await door.waiting()).toBe(2)
  })

  it('knows after a crash what it has decided, and sends it', async () => {
    const door = await aDoor(anApi({ scan: gone }))
    await door.scan({ credential: newerCode })
    const sync = vi.fn(takesAll)
    const again = await Door.open('device-1', anApi({ scan: gone, sync }))
    expect(await again.scan({ credential: newerCode })).toMatchObject({ result: 'refused', newer: true })
    expect(await again.sync()).toMatchObject({ sent: 2, left: 0, conflicts: [] })
  })

  it('remembers whom the server let in, before the roster tells', async () => {
    const scan = vi.fn<DoorApi['scan']>().mockRejectedValue(new Problem(503, 'busy', 'Busy'))
    const door = await aDoor(anApi({ scan }))
    const first = await door.scan({ credential: newerCode })
    await door.sync().catch(() => undefined)
    emptyDisk()
    const other = await aDoor(
      anApi({ scan: scan.mockResolvedValueOnce({ ...admitted, ticket: first.ticket ?? null }) }),
    )
    expect(await other.scan({ credential: newerCode })).toMatchObject({ result: 'admitted', offline: false })
    expect(await other.scan({ credential: newerCode })).toMatchObject({ result: 'refused', offline: true })
  })

  it('lets in again whose scan was taken back, once the server has been told of all', async () => {
    const scan = vi.fn(gone)
    const sync = vi.fn(takesAll)
    const undo = vi.fn<DoorApi['undo']>()
    const door = await aDoor(anApi({ scan, sync, undo }))
    const { ticket, at } = await door.scan({ credential: newerCode })
    if (!ticket || !at) throw new Error('not admitted')
    // The server has put the time right that the scan had here.
    const told = new Date(Date.parse(at) + 45_000).toISOString()
    undo.mockResolvedValue({ ticket, at: told, direction: 'in', device: 'Gate North', admission: 'out' })
    await door.undo({ credential: newerCode })
    expect(sync).toHaveBeenCalledOnce()
    const again = await door.scan({ credential: newerCode })
    expect(again).toMatchObject({ result: 'admitted', offline: true })
    await door.undo({ credential: newerCode }, again.nonce)
    expect(await door.scan({ credential: newerCode })).toMatchObject({ result: 'admitted' })
  })

  it("counts its own scan still when another device's was taken back", async () => {
    const undo = vi.fn<DoorApi['undo']>()
    const door = await aDoor(anApi({ scan: gone, sync: vi.fn(takesAll), undo }))
    const { ticket, at } = await door.scan({ credential: newerCode })
    if (!ticket || !at) throw new Error('not admitted')
    undo.mockResolvedValue({ ticket, at, direction: 'in', device: 'Gate South', admission: 'out' })
    await door.undo({ credential: newerCode })
    expect(await door.scan({ credential: newerCode })).toMatchObject({ result: 'refused' })
  })

  it('goes by the newest rules, also where no ticket has changed', async () => {
    const header = await aWholeHeader()
    const roster = vi.fn<DoorApi['roster']>().mockResolvedValueOnce(header)
    const door = await Door.open(
      'device-1',
      anApi({ scan: gone, roster, file: () => Promise.resolve(rosterFile) }),
    )
    await door.refresh()
    const lists = header.lists.map((list) => ({ ...list, ends_at: '2020-01-01T00:00:00Z' }))
    roster.mockResolvedValueOnce({ ...header, chunks: [], lists })
    expect(await door.refresh()).toMatchObject({ changed: false })
    expect(await door.scan({ credential: goodCode })).toMatchObject({ result: 'refused', reason: 'ended' })
  })

  it('shows what the server has admitted by a list that the roster does not know yet', async () => {
    const door = await aDoor(anApi({ scan: () => Promise.resolve(admitted) }))
    expect(await door.scan({ credential: goodCode, list_id: 'new' })).toMatchObject({ result: 'admitted' })
  })

  it('does not wait for the server again right after it was away', async () => {
    const scan = vi.fn(gone)
    const door = await aDoor(anApi({ scan }))
    await door.scan({ credential: goodCode })
    await door.scan({ credential: newerCode })
    expect(scan).toHaveBeenCalledOnce()
  })

  it('asks the server again after ten seconds, whatever becomes of its clock', async () => {
    const scan = vi.fn(gone)
    const later = { ...anApi({ scan }), roster: async () => aWholeHeader(), file: async () => rosterFile }
    let set = Date.parse(NOW)
    const door = await Door.open('device-1', later, () => set)
    await door.refresh()
    vi.useFakeTimers({ toFake: ['performance'] })
    await door.scan({ credential: goodCode })
    set -= 3_600_000
    vi.advanceTimersByTime(9_000)
    await door.scan({ credential: goodCode })
    expect(scan).toHaveBeenCalledOnce()
    vi.advanceTimersByTime(1_001)
    await door.scan({ credential: goodCode })
    vi.useRealTimers()
    expect(scan).toHaveBeenCalledTimes(2)
  })

  it('passes on what the server refuses of the device itself', async () => {
    const revoked = () => Promise.reject(new Problem(401, 'unauthenticated', 'This key is no longer valid.'))
    const door = await aDoor(anApi({ scan: revoked }))
    await expect(door.scan({ credential: goodCode })).rejects.toThrow('no longer valid')
    expect(await door.waiting()).toBe(0)
  })

  it('keeps what is no ticket, cut to what the server reads', async () => {
    const sync = vi.fn(takesAll)
    const door = await aDoor(anApi({ scan: gone, sync }))
    const answer = await door.scan({ credential: `\ud800${'x'.repeat(3_000)}` })
    expect(answer).toMatchObject({ result: 'refused', reason: 'invalid', offline: true })
    await door.sync()
    expect(sync.mock.calls[0]?.[0][0]?.credential).toHaveLength(1_000)
  })

  it('forces only what a rule speaks against', async () => {
    const sync = vi.fn(takesAll)
    const door = await aDoor(anApi({ scan: gone, sync }))
    const shown = { credential: goodCode, force: true, force_reason: 'on the list' }
    await door.scan(shown)
    await door.scan(shown)
    await door.sync()
    const forced = sync.mock.calls[0]?.[0].map((scan: OfflineScan) => scan.force ?? false)
    expect(forced).toEqual([false, true])
  })

  it('sends a guest to his gate while doors are apart, where a supervisor may let him in', async () => {
    const sync = vi.fn(takesAll)
    const door = await aDoor(anApi({ scan: gone, sync }), { partition: { [plainList]: ['south'] } })
    const asked = await door.scan({ credential: goodCode })
    expect(asked).toMatchObject({ result: 'ask', gate: 'South', may_force: true })
    const letIn = await door.scan({ credential: goodCode, force: true })
    expect(letIn).toMatchObject({ result: 'admitted' })
    await door.sync()
    expect(sync.mock.calls[0]?.[0]).toMatchObject([
      { nonce: asked.nonce, outcome: 'refused', reason: undefined },
      { nonce: letIn.nonce, outcome: 'admitted' },
    ])
  })

  it('sends nobody to a gate where no device has the list that the scan goes by', async () => {
    const door = await aDoor(anApi({ scan: gone }), { partition: { [plainList]: [], another: ['south'] } })
    expect(await door.scan({ credential: goodCode })).toMatchObject({ result: 'admitted' })
  })

  it('sends nobody to another gate from a device that stands at none', async () => {
    const { device } = await aWholeHeader()
    const header = { partition: { [plainList]: ['south'] }, device: { ...device, gate_id: null } }
    const door = await aDoor(anApi({ scan: gone }), header)
    expect(await door.scan({ credential: goodCode })).toMatchObject({ result: 'admitted' })
  })

  it('says that it can not look anything up without a roster or a code', async () => {
    const door = await Door.open('device-1', anApi({ scan: gone }))
    await expect(door.scan({ credential: goodCode })).rejects.toMatchObject({ code: 'offline' })
    await expect((await aDoor(anApi({ scan: gone }))).scan({ ticket_id: 'a-1' })).rejects.toMatchObject({
      code: 'offline',
    })
  })
})

it('admits nobody without a network whom it can not keep', async () => {
  const door = await aDoor(anApi({ scan: gone }))
  door.close()
  await expect(door.scan({ credential: goodCode })).rejects.toMatchObject({ code: 'not_kept' })
})

describe('the queue', () => {
  async function queued(count: number, sync: DoorApi['sync']): Promise<Door> {
    const door = await aDoor(anApi({ scan: gone, sync }))
    for (let at = 0; at < count; at++) await door.scan({ credential: `no ticket ${at}` })
    return door
  }

  it('is sent in order, at most 500 at once', async () => {
    const sync = vi.fn(takesAll)
    const door = await queued(1_003, sync)
    expect(await door.sync()).toMatchObject({ sent: 1_003, left: 0 })
    expect(sync.mock.calls.map(([scans]) => scans.length)).toEqual([500, 500, 3])
    const texts = sync.mock.calls.flatMap(([scans]) => scans.map((scan) => scan.credential))
    expect(texts).toEqual(Array.from({ length: 1_003 }, (_, at) => `no ticket ${at}`))
  })

  it('keeps what was not answered, whatever was lost on the way', async () => {
    const answered = new Set<string>()
    let turn = 0
    const flaky: DoorApi['sync'] = async (scans) => {
      turn++
      for (const scan of turn % 3 === 0 ? [] : scans) answered.add(scan.nonce)
      if (turn % 3 !== 1) throw new Problem(0, 'offline', 'No connection')
      return takesAll(scans.slice(0, 7))
    }
    const door = await queued(30, flaky)
    for (let tries = 0; tries < 20; tries++) await door.sync().catch(() => undefined)
    expect([await door.waiting(), answered.size]).toEqual([0, 30])
  })

  it('ends when the server answers nothing of it', async () => {
    const door = await queued(2, () => Promise.resolve({ results: [], server_time: NOW }))
    expect(await door.sync()).toMatchObject({ sent: 0, left: 2 })
  })

  it('sets aside the one that can not be read, and brings the others', async () => {
    const picky: DoorApi['sync'] = (scans) =>
      scans.some((scan) => scan.credential === 'no ticket 5')
        ? Promise.reject(new Problem(422, 'invalid_input', 'This is not readable.'))
        : takesAll(scans)
    const door = await queued(9, picky)
    expect(await door.sync()).toMatchObject({ sent: 8, left: 0 })
    const store = await openStore('device-1')
    expect(await scansSetAside(store)).toMatchObject([{ set_aside: 'This is not readable.' }])
  })

  it('tries at the next start what was set aside, and sets it aside again', async () => {
    const unreadable = vi.fn<DoorApi['sync']>(() =>
      Promise.reject(new Problem(422, 'too_large', 'This is too much.')),
    )
    await (await queued(1, unreadable)).sync()
    const again = await Door.open('device-1', anApi({ sync: unreadable }))
    expect(await again.waiting()).toBe(1)
    expect(await again.sync()).toMatchObject({ sent: 0, left: 0 })
    const last = await Door.open('device-1', anApi({ sync: takesAll }))
    expect(await last.sync()).toMatchObject({ sent: 1, left: 0 })
    expect(await scansSetAside(await openStore('device-1'))).toEqual([])
  })

  it.each([
    [400, 'malformed_body'],
    [401, 'unauthenticated'],
    [403, 'forbidden'],
    [404, 'not_found'],
    [413, 'body_too_large'],
    [422, 'price_changed'],
    [429, 'too_many'],
    [503, 'busy'],
  ])('keeps everything at %i %s, and passes it on', async (status, code) => {
    const door = await queued(3, () => Promise.reject(new Problem(status, code, 'No.')))
    await expect(door.sync()).rejects.toMatchObject({ status, code })
    expect(await door.waiting()).toBe(3)
    expect(await scansSetAside(await openStore('device-1'))).toEqual([])
  })

  it('is sent in smaller parts where a request of it is too large, and in whole ones after that', async () => {
    const sync = vi.fn<DoorApi['sync']>(takesAll)
    sync.mockRejectedValueOnce(new Problem(413, 'body_too_large', 'Send less.'))
    const door = await queued(9, sync)
    expect(await door.sync()).toMatchObject({ sent: 9, left: 0 })
    expect(sync.mock.calls.map(([scans]) => scans.length)).toEqual([9, 5, 4])
  })

  it('tells of whom it let in too late', async () => {
    const late = (scans: OfflineScan[]) => {
      const results: SyncedScan[] = scans.map(({ nonce }) => ({
        nonce,
        result: 'refused',
        reason: 'already_in',
        conflict: { at: NOW, gate: 'South', device: 'Gate South' },
      }))
      return Promise.resolve({ results, server_time: NOW })
    }
    const door = await aDoor(anApi({ scan: gone, sync: late }))
    await door.scan({ credential: goodCode })
    const { conflicts } = await door.sync()
    expect(conflicts).toMatchObject([{ result: { conflict: { gate: 'South' } } }])
    const [kept] = (await door.queue()).conflicts
    expect(kept).toMatchObject({ reason: 'already_in', winner: { gate: 'South' } })

    // Old scans are forgotten, but not what nobody has seen yet.
    const later = { server_time: '2027-03-09T12:00:00.000Z' }
    const again = await Door.open('device-1', anApi({ roster: () => aWholeHeader(later) }))
    await again.refresh()
    expect((await again.queue()).conflicts).toHaveLength(1)
    await again.acknowledge(kept?.nonce ?? '')
    expect((await again.queue()).conflicts).toEqual([])
    await again.refresh()
    const store = await openStore('device-1')
    expect(await store.count('scans')).toBe(0)
  })

  it('says since when the oldest of it waits', async () => {
    const door = await aDoor(anApi({ scan: gone }))
    expect(await door.unsent()).toEqual({ waiting: 0, since: undefined })
    const first = await door.scan({ credential: goodCode })
    await door.scan({ credential: newerCode })
    expect(await door.unsent()).toEqual({ waiting: 2, since: Date.parse(first.at ?? '') })
  })
})

describe('a group', () => {
  it('is remembered, so that none of it goes in again when the network has gone', async () => {
    const known = await (await aDoor(anApi({ scan: gone }))).scan({ credential: newerCode })
    const ticket_id = known.ticket?.id ?? ''
    emptyDisk()
    const results = [{ ticket_id, scan: { ...admitted, ticket: known.ticket ?? null } }]
    const door = await aDoor(anApi({ scan: gone, admitGroup: () => Promise.resolve({ results }) }))
    await door.admitGroup({ ticket_ids: [ticket_id], direction: 'in', nonce: 'together' })
    expect(await door.scan({ credential: newerCode })).toMatchObject({
      result: 'refused',
      reason: 'already_in',
    })
  })
})
