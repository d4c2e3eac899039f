/** A server for tests of the door's app: it answers what a test says, by the door's own rules of addresses. */
import 'fake-indexeddb/auto'
import { aWholeHeader, rosterFile, vectors } from '$lib/door/fixtures'
import type { PairedDevice, RosterHeader } from '$lib/door/types'

export const API = 'https://api.example'
export const CODE = 'b3a1c2d4e5f60718.Zm9vYmFyYmF6cXV4LWFiY2RlZg'

type Answer = unknown | ((body: Record<string, unknown>) => unknown)

/** Answered instead of a body: a refusal with its status, or nobody there. */
export class Refusal {
  constructor(
    readonly status: number,
    readonly code: string,
  ) {}
}
export const GONE = new Refusal(0, 'offline')

export function aPairing(overrides: Partial<PairedDevice> = {}): PairedDevice {
  const { device, event, gates, lists } = vectors
  return {
    device_key: 'key',
    device: { ...device, gate_id: device.gate_id ?? null, paired_at: null },
    event: {
      ...event,
      slug: 'summer',
      starts_at: '2027-03-01T10:00:00Z',
      ends_at: '2027-03-01T20:00:00Z',
      venue: null,
    },
    gates,
    lists,
    ...overrides,
  }
}

export const stats = {
  zones: [{ id: 'event', title: 'Event', inside: 3, capacity: 10 }],
  gate: null,
  arrived: 4,
  expected: 9,
  minutes: [],
  conflicts: 0,
  server_time: '2027-03-01T12:00:00.000Z',
}

/** What the server answers by method and path; what is not said is not there. Each request is taken down. */
export function aServer(answers: Record<string, Answer> = {}, header: Partial<RosterHeader> = {}) {
  const asked: { path: string; body: Record<string, unknown> }[] = []
  const usual: Record<string, Answer> = {
    'POST /checkin/pair': aPairing(),
    'GET /checkin/stats': stats,
    'GET /checkin/roster': () => aWholeHeader(header),
    'GET /checkin/roster/chunk': { url: 'https://bucket.example/chunk' },
  }
  const said = { ...usual, ...answers }

  async function fetcher(address: string | URL | Request, init?: RequestInit): Promise<Response> {
    const url = new URL(String(address))
    if (url.host === 'bucket.example') return new Response(rosterFile)
    const path = `${init?.method ?? 'GET'} ${url.pathname}`
    const body = JSON.parse(String(init?.body ?? '{}')) as Record<string, unknown>
    asked.push({ path, body })
    const answer = said[path] ?? new Refusal(404, 'not_found')
    const told: unknown = await (typeof answer === 'function'
      ? (answer as (body: Record<string, unknown>) => unknown)(body)
      : answer)
    if (!(told instanceof Refusal)) return Response.json(told)
    if (told.status === 0) throw new TypeError('fetch failed')
    return Response.json({ code: told.code, detail: told.code }, { status: told.status })
  }

  return {
    fetcher: fetcher as typeof fetch,
    /** Says from now on something else. */
    say: (answers: Record<string, Answer>) => Object.assign(said, answers),
    asked: (path: string) => asked.filter((one) => one.path === path).map(({ body }) => body),
  }
}
