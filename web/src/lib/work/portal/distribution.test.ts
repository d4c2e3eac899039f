import { expect, it, vi } from 'vitest'
import { Problem } from '$lib/api/problem'
import { KeptJob } from '$lib/work/kept-job.svelte'
import type { GuestResult, Portal } from './api'
import { Distribution } from './distribution.svelte'
import { aJob } from './fixtures'

const result = (contact_id: string, overrides: Partial<GuestResult> = {}): GuestResult => ({
  contact_id,
  result: 'distributed',
  code: null,
  reason: null,
  tickets: ['o-1'],
  at_fault: [],
  ...overrides,
})

function portal() {
  return { distribute: vi.fn<Portal['distribute']>(), job: vi.fn<Portal['job']>() }
}

it('asks again under the same key after a lost answer, so that nobody is served twice', async () => {
  const api = portal()
  api.distribute.mockRejectedValueOnce(new Problem(0, 'offline', 'No'))
  api.distribute.mockResolvedValue({ results: [result('ada')], job: null })
  const distribution = new Distribution(api, 'jonas@example.com')
  await distribution.run(['ada'])
  expect(distribution.problem?.code).toBe('offline')
  await distribution.run(['ada'])
  expect(distribution.problem).toBeUndefined()
  const [first, second] = api.distribute.mock.calls
  expect(second?.[0]).toBe(first?.[0])
  expect(second?.slice(1)).toEqual([['ada'], 'jonas@example.com'])
  await distribution.run(['ada'])
  expect(api.distribute.mock.lastCall?.[0]).not.toBe(first?.[0])
})

it('takes another key for other guests', async () => {
  const api = portal()
  api.distribute.mockRejectedValue(new Problem(0, 'offline', 'No'))
  const distribution = new Distribution(api)
  await distribution.run(['ada'])
  await distribution.run(['ada', 'bo'])
  const [first, second] = api.distribute.mock.calls
  expect(second?.[0]).not.toBe(first?.[0])
})

it('keeps the last result of each guest', async () => {
  const api = portal()
  const refused = result('bo', { result: 'refused', code: 'too_late', tickets: [] })
  api.distribute.mockResolvedValueOnce({ results: [result('ada'), refused], job: null })
  api.distribute.mockResolvedValueOnce({ results: [result('bo')], job: null })
  const distribution = new Distribution(api)
  await distribution.run(['ada', 'bo'])
  expect([distribution.served.length, distribution.refused.length]).toEqual([1, 1])
  await distribution.run(['bo'])
  expect([distribution.served.length, distribution.refused.length]).toEqual([2, 0])
})

it('follows a job to its end, over all pages of its rows', async () => {
  const api = portal()
  const job = aJob({ dry_run: false, total: 2 })
  api.distribute.mockResolvedValue({ results: [], job: { ...job, status: 'waiting' } })
  api.job.mockResolvedValueOnce({
    ...job,
    rows: [{ row: 1, result: 'changed', reference: 'ada' }],
    cursor: 'x',
  })
  api.job.mockResolvedValueOnce({ ...job, rows: [{ row: 2, result: 'skipped', reference: 'bo' }] })
  const distribution = new Distribution(api)
  await distribution.run(['ada', 'bo'])
  expect(api.job.mock.calls).toEqual([['job'], ['job', 'x']])
  expect(distribution.served.map(({ contact_id }) => contact_id)).toEqual(['ada'])
  expect(distribution.gone.map(({ contact_id }) => contact_id)).toEqual(['bo'])
})

it('says why a job was not worked off', async () => {
  const api = portal()
  const job = aJob({ status: 'failed', error: 'The portal is off.' })
  api.distribute.mockResolvedValue({ results: [], job })
  api.job.mockResolvedValue(job)
  const distribution = new Distribution(api)
  await distribution.run(['ada'])
  expect(distribution.problem?.code).toBe('conflict')
})

it('goes on with a job that was begun before the page was left, until it is put away', async () => {
  const api = portal()
  const job = aJob({ dry_run: false, total: 1 })
  api.distribute.mockResolvedValue({ results: [], job })
  api.job.mockResolvedValue({ ...job, status: 'running' })
  const left = new Distribution(api, undefined, new KeptJob('cart'))
  void left.run(['ada'])
  await vi.waitFor(() => expect(left.job).toBeDefined())
  left.putAway()
  left.stop()

  api.job.mockResolvedValue({ ...job, rows: [{ row: 1, result: 'changed', reference: 'ada' }] })
  const distribution = new Distribution(api, undefined, new KeptJob('cart'))
  await distribution.resume()
  expect(distribution.served.map(({ contact_id }) => contact_id)).toEqual(['ada'])
  expect(api.distribute).toHaveBeenCalledOnce()
  distribution.putAway()
  expect(new KeptJob('cart').now).toBeUndefined()
})

it('forgets a job that the server knows no more', async () => {
  const api = portal()
  const kept = new KeptJob('cart')
  kept.begin({ id: 'gone' })
  api.job.mockRejectedValue(new Problem(404, 'not_found', 'There is no such job.'))
  const distribution = new Distribution(api, undefined, kept)
  await distribution.resume()
  expect([distribution.problem, distribution.busy, kept.now]).toEqual([undefined, false, undefined])
})
