import { beforeEach, describe, expect, it, vi } from 'vitest'
import { admitted, emptyDisk, goodCode, newerCode, plainList } from '$lib/door/fixtures'
import type { OfflineScan } from '$lib/door/types'
import { API, aPairing, aServer, CODE, GONE, Refusal, stats } from './fixtures'
import type { Signal } from './signals'
import { Station } from './station.svelte'

beforeEach(emptyDisk)

const AWAY = { 'POST /checkin/scans': GONE, 'POST /checkin/sync': GONE, 'GET /checkin/stats': GONE }

const takesAll = ({ scans }: Record<string, unknown>) => ({
  results: (scans as OfflineScan[]).map(({ nonce, outcome }) => ({ nonce, result: outcome })),
  server_time: '2027-03-01T12:00:00.000Z',
})

async function aStation(server = aServer(), signals: Signal[] = []): Promise<Station> {
  const station = new Station(API, (signal) => signals.push(signal), server.fetcher)
  await station.open()
  if (station.phase === 'unpaired') await station.pair(CODE)
  await station.beat()
  return station
}

describe('a station', () => {
  it('is paired once, and still so after a reload', async () => {
    const server = aServer()
    const station = new Station(API, undefined, server.fetcher)
    await station.open()
    expect(station.phase).toBe('unpaired')
    await station.pair(CODE)
    expect(server.asked('POST /checkin/pair')).toEqual([{ code: CODE }])
    const again = await aStation(server)
    expect([again.phase, again.device?.name]).toEqual(['ready', aPairing().device.name])
    expect(server.asked('POST /checkin/pair')).toHaveLength(1)
  })

  it('says what went wrong with a pairing code, and stays unpaired', async () => {
    const station = new Station(
      API,
      undefined,
      aServer({ 'POST /checkin/pair': new Refusal(401, 'unauthenticated') }).fetcher,
    )
    await station.open()
    await expect(station.pair(CODE)).rejects.toMatchObject({ status: 401 })
    expect(station.phase).toBe('unpaired')
  })

  it('shows what the server says, by the list and direction that are chosen', async () => {
    const signals: Signal[] = []
    const server = aServer({ 'POST /checkin/scans': admitted })
    const station = await aStation(server, signals)
    station.turn('out')
    await station.scan({ credential: goodCode })
    expect(station.told?.answer).toMatchObject({ result: 'admitted', offline: false })
    expect(server.asked('POST /checkin/scans')[0]).toMatchObject({ direction: 'out', list_id: plainList })
    expect(signals).toEqual(['yes'])
    station.next()
    expect([station.told, station.recent.length]).toEqual([undefined, 1])
  })

  it('decides without a network, tells how many wait, and remembers all after a reload', async () => {
    const signals: Signal[] = []
    const server = aServer()
    const station = await aStation(server, signals)
    server.say(AWAY)
    await station.scan({ credential: goodCode })
    await station.scan({ credential: goodCode })
    expect(station.told?.answer).toMatchObject({ result: 'refused', reason: 'already_in', offline: true })
    expect([station.away, station.queue.waiting]).toEqual([true, 2])
    expect(station.queue.since).toBeDefined()
    expect(signals).toEqual(['yes', 'no'])

    const again = await aStation(server)
    expect(again.queue.waiting).toBe(2)
    await again.scan({ credential: goodCode })
    expect(again.told?.answer).toMatchObject({ result: 'refused', reason: 'already_in' })
  })

  it('brings in what waits as soon as the server is back, and lists conflicts until they are noted', async () => {
    const server = aServer()
    const station = await aStation(server)
    server.say(AWAY)
    await station.scan({ credential: goodCode })
    await station.scan({ credential: newerCode })
    const winner = { at: '2027-03-01T11:59:00.000Z', gate: 'South', device: 'South phone' }
    server.say({
      'GET /checkin/stats': stats,
      'POST /checkin/sync': (body: Record<string, unknown>) => {
        const { results, server_time } = takesAll(body)
        const [first, ...rest] = results
        return {
          results: [{ ...first, result: 'refused', reason: 'already_in', conflict: winner }, ...rest],
          server_time,
        }
      },
    })
    await station.beat()
    expect([station.queue.waiting, station.sent]).toEqual([0, 2])
    expect(station.queue.conflicts).toMatchObject([{ reason: 'already_in', winner }])

    const again = await aStation(server)
    const [conflict] = again.queue.conflicts
    expect(conflict).toMatchObject({ winner })
    await again.acknowledge(conflict?.nonce ?? '')
    expect(again.queue.conflicts).toEqual([])
    expect((await aStation(server)).queue.conflicts).toEqual([])
  })

  it('asks the server again at once when that has taken what waited', async () => {
    const server = aServer()
    const station = await aStation(server)
    server.say(AWAY)
    await station.scan({ credential: goodCode })
    server.say({ 'POST /checkin/sync': takesAll, 'POST /checkin/scans': admitted })
    await station.beat()
    await station.scan({ credential: newerCode })
    expect(station.told?.answer).toMatchObject({ offline: false })
  })

  it('knows when it was revoked, and keeps what the server was not told until it is paired anew', async () => {
    const server = aServer()
    const station = await aStation(server)
    server.say(AWAY)
    await station.scan({ credential: goodCode })
    const refused = new Refusal(401, 'unauthenticated')
    server.say({
      'POST /checkin/sync': refused,
      'POST /checkin/scans': refused,
      'GET /checkin/stats': refused,
    })
    await station.beat()
    expect([station.phase, station.queue.waiting]).toEqual(['revoked', 1])
    await station.leave()
    expect(station.phase).toBe('unpaired')
    server.say({ 'POST /checkin/sync': takesAll })
    await station.pair(CODE)
    await vi.waitFor(() => expect(server.asked('POST /checkin/sync').at(-1)?.['scans']).toHaveLength(1))
    await vi.waitFor(() => expect(station.queue.waiting).toBe(0))
  })

  it('shows the answers in the order of the guests, however late one comes', async () => {
    const refused = { ...admitted, result: 'refused', reason: 'already_in' }
    const server = aServer({
      'POST /checkin/scans': async ({ credential }: Record<string, unknown>) => {
        if (credential !== goodCode) return refused
        await new Promise((resolve) => setTimeout(resolve, 100))
        return admitted
      },
    })
    const station = await aStation(server)
    await Promise.all([station.scan({ credential: goodCode }), station.scan({ credential: newerCode })])
    expect(station.recent.map(({ answer }) => answer?.result)).toEqual(['refused', 'admitted'])
    expect([station.told?.answer?.result, station.checking]).toEqual(['refused', 0])
  })

  it('is one page of a browser, until another one takes its place', async () => {
    const held: { got: () => unknown; lost: (error: Error) => void }[] = []
    vi.stubGlobal('navigator', {
      locks: {
        request: (_name: string, { steal }: LockOptions, got: () => unknown) =>
          new Promise((_, lost) => {
            if (steal) held.splice(0).forEach((one) => one.lost(new Error('stolen')))
            held.push({ got, lost })
            if (held.length === 1) got()
          }),
      },
    })
    const server = aServer()
    const [first, second] = [0, 1].map(() => new Station(API, undefined, server.fetcher)) as [
      Station,
      Station,
    ]
    await first.open()
    void second.open()
    await vi.waitFor(() => expect(second.phase).toBe('elsewhere'), 3_000)
    await second.open(true)
    expect([first.phase, second.phase]).toEqual(['elsewhere', 'unpaired'])
    vi.unstubAllGlobals()
  })

  it('lets a guest in against the rules, under another nonce and with the reason', async () => {
    const refusal = { ...admitted, result: 'refused', reason: 'already_in', may_force: true }
    const server = aServer({ 'POST /checkin/scans': refusal })
    const station = await aStation(server)
    await station.scan({ credential: goodCode })
    const told = station.told
    server.say({ 'POST /checkin/scans': admitted })
    if (told) await station.force(told, 'known to us')
    const [first, second] = server.asked('POST /checkin/scans')
    expect(second).toMatchObject({ credential: goodCode, force: true, force_reason: 'known to us' })
    expect(second?.['nonce']).not.toBe(first?.['nonce'])
    expect(station.told?.answer?.result).toBe('admitted')
  })

  it('takes a scan back by its nonce, under the same one at each try', async () => {
    const undone = {
      ticket: admitted.ticket,
      person: null,
      direction: 'in',
      at: admitted.at,
      device: 'x',
      admission: 'out',
    }
    const server = aServer({
      'POST /checkin/scans': admitted,
      'POST /checkin/undo': new Refusal(500, 'internal_error'),
    })
    const station = await aStation(server)
    await station.scan({ credential: goodCode })
    const [told] = station.recent
    if (!told) throw new Error('nothing was scanned')
    await expect(station.undo(told)).rejects.toMatchObject({ status: 500 })
    server.say({ 'POST /checkin/undo': undone })
    await station.undo(told)
    const [first, second] = server.asked('POST /checkin/undo')
    expect(first).toEqual(second)
    expect(first).toMatchObject({ scan_nonce: told.answer?.nonce })
    expect([station.told?.undone?.admission, station.recent[0]?.undone?.admission]).toEqual(['out', 'out'])
  })

  it('lets a group through and says how many', async () => {
    const refused = { ...admitted, result: 'refused', reason: 'already_in' }
    const results = [
      { ticket_id: 'a-1', scan: admitted },
      { ticket_id: 'a-2', scan: refused },
    ]
    const server = aServer({ 'POST /checkin/group': { results } })
    const station = await aStation(server)
    expect(await station.admitGroup(['a-1', 'a-2'], 'n')).toEqual({ admitted: 1, refused: 1 })
    expect(server.asked('POST /checkin/group')).toEqual([
      { ticket_ids: ['a-1', 'a-2'], list_id: plainList, direction: 'in', nonce: 'n' },
    ])
  })

  it('keeps how it is set', async () => {
    const server = aServer()
    const station = await aStation(server)
    await station.choose({ muted: true, direction: 'out', camera_id: 'back' })
    const again = await aStation(server)
    expect(again.choices).toMatchObject({ muted: true, direction: 'out', camera_id: 'back', saving: true })
  })
})
