// @vitest-environment node
import { describe, expect, it, vi } from 'vitest'
import { createDoorApi, LONGEST_CALL } from './api'

const SERVER = 'https://api.admit.example/v1'

function answering(...answers: Response[]) {
  const fetcher = vi.fn<typeof fetch>()
  for (const answer of answers) fetcher.mockResolvedValueOnce(answer)
  return fetcher
}

describe("the door's calls", () => {
  it('fetch a file from where it lies without the key', async () => {
    const lies = 'https://files.example/rosters/event-1/chunk?signature=abc'
    const fetcher = answering(Response.json({ url: lies }), new Response(Uint8Array.of(1, 2, 3)))
    const file = await createDoorApi(SERVER, 'the-key', fetcher).file('/checkin/roster/chunk')
    expect(file).toEqual(Uint8Array.of(1, 2, 3))
    const [[asked, with_key] = [], [fetched, without] = []] = fetcher.mock.calls
    expect([asked, new Headers(with_key?.headers).get('x-admit-key')]).toEqual([
      `${SERVER}/checkin/roster/chunk`,
      'the-key',
    ])
    expect([fetched, without?.headers, without?.credentials]).toEqual([lies, undefined, 'omit'])
  })

  it.each(['https://evil.example/checkin/chunk', '@evil.example/chunk', '//evil.example/chunk'])(
    'send no key to %s',
    async (path) => {
      const fetcher = answering()
      for (const server of [SERVER, '']) {
        await expect(createDoorApi(server, 'the-key', fetcher).file(path)).rejects.toThrow(
          'not of this server',
        )
      }
      expect(fetcher).not.toHaveBeenCalled()
    },
  )

  it('end after their time, also while an answer is being read', async () => {
    vi.useFakeTimers()
    const hanging: typeof fetch = (_url, init) =>
      Promise.resolve(
        new Response(
          new ReadableStream({
            start: (body) => init?.signal?.addEventListener('abort', () => body.error(init.signal?.reason)),
          }),
        ),
      )
    const never: typeof fetch = (_url, init) =>
      new Promise((_resolve, reject) =>
        init?.signal?.addEventListener('abort', () => reject(init.signal?.reason as Error)),
      )
    for (const fetcher of [hanging, never]) {
      const api = createDoorApi(SERVER, 'the-key', fetcher)
      const calls = [
        api.roster(),
        api.sync([], ''),
        api.undo({ nonce: 'n' }),
        api.file('/checkin/roster/chunk'),
      ]
      const ended = Promise.allSettled(calls)
      await vi.advanceTimersByTimeAsync(LONGEST_CALL)
      for (const call of await ended) expect(call).toMatchObject({ reason: { status: 0, code: 'offline' } })
    }
    vi.useRealTimers()
  })
})
