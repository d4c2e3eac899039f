/** The door's calls, with the device's key. Each answers its data in time or throws a Problem. */
import { asProblem, Problem } from '$lib/api/problem'
import type { Bytes } from './bytes'
import type {
  DoorStats,
  Group,
  GroupRequest,
  GroupScans,
  Heartbeat,
  OfflineScan,
  PairedDevice,
  RosterAnswer,
  Scan,
  ScanRequest,
  SeenTicket,
  Synced,
  Undone,
  UndoRequest,
} from './types'

export type DoorApi = ReturnType<typeof createDoorApi>

/** Milliseconds that a call may take, where its caller sets no shorter time. */
export const LONGEST_CALL = 30_000

export function createDoorApi(baseUrl: string, deviceKey: string, fetcher: typeof fetch = fetch) {
  function call(path: string, body: unknown, signal: AbortSignal): Promise<Response> {
    const headers: Record<string, string> = { 'x-admit-key': deviceKey }
    if (body !== undefined) headers['content-type'] = 'application/json'
    return arrived(
      fetcher(`${baseUrl}${path}`, {
        method: body === undefined ? 'GET' : 'POST',
        headers,
        body: body === undefined ? undefined : JSON.stringify(body),
        cache: 'no-store',
        signal,
      }),
    )
  }

  async function answer<T>(path: string, body: unknown, signal: AbortSignal): Promise<T> {
    return told<T>(await call(path, body, signal))
  }

  function read<T>(path: string): Promise<T> {
    return within(LONGEST_CALL, (signal) => answer<T>(path, undefined, signal))
  }

  function send<T>(path: string, body: unknown): Promise<T> {
    return within(LONGEST_CALL, (signal) => answer<T>(path, body, signal))
  }

  return {
    scan: (request: ScanRequest, signal: AbortSignal) => answer<Scan>('/checkin/scans', request, signal),

    undo: (request: UndoRequest) => send<Undone>('/checkin/undo', request),

    /** The tickets of the order that a ticket is of. */
    group: (ticketId: string, listId?: string) =>
      read<Group>(`/checkin/tickets/${encodeURIComponent(ticketId)}${asked({ list_id: listId })}`),

    admitGroup: (request: GroupRequest) => send<GroupScans>('/checkin/group', request),

    search: (q: string, listId?: string) =>
      read<{ items: SeenTicket[] }>(`/checkin/search${asked({ q, list_id: listId })}`),

    /** Tells how the device is, and answers how its door is. */
    stats: (beat: Heartbeat) => read<DoorStats>(`/checkin/stats${asked({ ...beat })}`),

    /** `sentAt` stands in the same clock as the times of the scans. */
    sync: (scans: OfflineScan[], sentAt: string) => send<Synced>('/checkin/sync', { scans, sent_at: sentAt }),

    roster: (cursor?: string) => read<RosterAnswer>(`/checkin/roster${asked({ since: cursor })}`),

    /** Fetches a file of the roster by the path that the roster names; where it lies no key is sent. */
    file: async (path: string): Promise<Bytes> => {
      if (!path.startsWith('/checkin/')) {
        throw new Problem(
          502,
          'roster_damaged',
          'The list of tickets names a file that is not of this server.',
        )
      }
      const { url } = await read<{ url: string }>(path)
      return within(LONGEST_CALL, async (signal) => {
        const response = await arrived(fetcher(url, { cache: 'no-store', credentials: 'omit', signal }))
        try {
          return new Uint8Array(await response.arrayBuffer())
        } catch (error) {
          throw asProblem(error)
        }
      })
    },
  }
}

/** Takes up a pairing code, which is of one use. Throws a Problem. */
export function pairDevice(
  baseUrl: string,
  code: string,
  fetcher: typeof fetch = fetch,
): Promise<PairedDevice> {
  return within(LONGEST_CALL, async (signal) =>
    told<PairedDevice>(
      await arrived(
        fetcher(`${baseUrl}/checkin/pair`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ code }),
          cache: 'no-store',
          signal,
        }),
      ),
    ),
  )
}

/** Does what ends when the signal says so, after so many milliseconds. */
export async function within<T>(limit: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const patience = new AbortController()
  const timer = setTimeout(() => patience.abort(), limit)
  try {
    return await work(patience.signal)
  } finally {
    clearTimeout(timer)
  }
}

/** Writes the query of an address; what is not known is left out. */
function asked(values: Record<string, string | number | undefined>): string {
  const said = Object.entries(values).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)]],
  )
  return said.length > 0 ? `?${new URLSearchParams(said)}` : ''
}

async function told<T>(response: Response): Promise<T> {
  try {
    return (await response.json()) as T
  } catch (error) {
    throw asProblem(error)
  }
}

async function arrived(request: Promise<Response>): Promise<Response> {
  let response
  try {
    response = await request
  } catch (error) {
    throw asProblem(error)
  }
  if (!response.ok) throw asProblem(await response.json().catch(() => undefined), response.status)
  return response
}
