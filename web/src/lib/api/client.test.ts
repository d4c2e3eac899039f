import { describe, expect, it, vi } from 'vitest'
import { anEvent } from '$lib/fixtures'
import { createApi } from './client'
import { Problem } from './problem'

const json = (body: unknown, status = 200, headers: Record<string, string> = {}) =>
  new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json', ...headers } })

function apiThatAnswers(...answers: (Response | Error)[]) {
  const fetcher = vi.fn<(request: Request) => Promise<Response>>()
  for (const answer of answers) {
    if (answer instanceof Error) fetcher.mockRejectedValueOnce(answer)
    else fetcher.mockResolvedValueOnce(answer)
  }
  return { api: createApi('https://api.example/v1', fetcher as unknown as typeof fetch), fetcher }
}

describe('the client', () => {
  it('answers the data', async () => {
    const { api, fetcher } = apiThatAnswers(json(anEvent()))
    expect((await api.event('summer-fair')).title).toBe('Summer fair')
    expect(fetcher.mock.calls[0]?.[0].url).toBe('https://api.example/v1/public/events/summer-fair')
  })

  it('sends the order key in a header, never in the address', async () => {
    const { api, fetcher } = apiThatAnswers(json({}))
    await api.order('o1', 'secret')
    const request = fetcher.mock.calls[0]?.[0]
    expect(request?.headers.get('X-Admit-Key')).toBe('secret')
    expect(request?.url).not.toContain('secret')
  })

  it('reads a spreadsheet byte by byte, with the mark of its encoding', async () => {
    const { api } = apiThatAnswers(new Response(new Uint8Array([0xef, 0xbb, 0xbf, 0x61])))
    expect([...new Uint8Array(await (await api.sheet('o1', 'secret')).arrayBuffer())]).toEqual([
      0xef, 0xbb, 0xbf, 0x61,
    ])
  })

  it('throws what the server says as a problem with its fields', async () => {
    const errors = [{ field: 'lines[0].quantity', message: 'Too many' }]
    const { api } = apiThatAnswers(json({ code: 'limit_reached', detail: 'Too many tickets.', errors }, 409))
    const problem = await api.event('x').catch((error: unknown) => error)
    expect(problem).toBeInstanceOf(Problem)
    expect(problem).toMatchObject({
      status: 409,
      code: 'limit_reached',
      message: 'This would be more tickets than one guest may have.',
      faults: errors,
    })
  })

  it('throws a problem also for a foreign answer and for none at all', async () => {
    const { api } = apiThatAnswers(new Response('<html>', { status: 502 }), new TypeError('failed to fetch'))
    await expect(api.event('x')).rejects.toMatchObject({ status: 502, code: 'unexpected' })
    await expect(api.event('x')).rejects.toMatchObject({ status: 0, code: 'offline' })
  })

  it('has patience when the server asks for it, but not for ever', async () => {
    vi.useFakeTimers()
    const busy = () => json({ code: 'busy', detail: 'Busy' }, 503, { 'Retry-After': '1' })
    const patient = apiThatAnswers(busy(), busy(), json(anEvent()))
    const answer = patient.api.event('summer-fair')
    await vi.runAllTimersAsync()
    expect((await answer).slug).toBe('summer-fair')

    const hopeless = apiThatAnswers(busy(), busy(), busy())
    const refused = hopeless.api.event('summer-fair').catch((error: unknown) => error)
    await vi.runAllTimersAsync()
    expect(await refused).toMatchObject({ code: 'busy' })
    vi.useRealTimers()
  })
})
