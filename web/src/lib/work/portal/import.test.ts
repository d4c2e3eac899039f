import { beforeEach, expect, it, vi } from 'vitest'
import { Problem } from '$lib/api/problem'
import { KeptJob } from '$lib/work/kept-job.svelte'
import { aJob } from './fixtures'
import { changesOf, faultsOf, Import, type ImportApi } from './import.svelte'

beforeEach(() => sessionStorage.clear())

const opened = (calls: ImportApi) => new Import(calls, new KeptJob('sheet'))

function api() {
  return {
    send: vi.fn<ImportApi['send']>().mockResolvedValue({ id: 'job' }),
    look: vi.fn<ImportApi['look']>(),
  }
}

it('tries a file, tells its rows apart, and applies the same file', async () => {
  const calls = api()
  const rows = [
    { row: 2, result: 'would_change' as const, reference: 'o-1' },
    { row: 3, result: 'failed' as const, errors: [{ row: 3, field: 'new_email', message: 'is none' }] },
  ]
  calls.look.mockResolvedValueOnce(aJob({ changed: 1, failed: 1, rows }))
  calls.look.mockResolvedValueOnce(aJob({ dry_run: false, changed: 1 }))
  const sheet = opened(calls)
  await sheet.tryOut('csv', 'guests.csv')
  expect(calls.send.mock.lastCall?.slice(1)).toEqual(['csv', true])
  expect(sheet.job && faultsOf(sheet.job).map(({ row }) => row)).toEqual([3])
  expect(sheet.job && changesOf(sheet.job).map(({ row }) => row)).toEqual([2])
  await sheet.apply()
  expect(calls.send.mock.lastCall?.slice(1)).toEqual(['csv', false])
  expect(sheet.job?.dry_run).toBe(false)
})

it('reads on until all rows at fault are there', async () => {
  const calls = api()
  const fault = (row: number) => ({ row, result: 'failed' as const })
  calls.look.mockResolvedValueOnce(aJob({ failed: 2, rows: [fault(2)], cursor: 'next' }))
  calls.look.mockResolvedValueOnce(aJob({ failed: 2, rows: [fault(9)] }))
  const sheet = opened(calls)
  await sheet.tryOut('csv')
  expect(sheet.job && faultsOf(sheet.job).map(({ row }) => row)).toEqual([2, 9])
})

it('sends a file again under its key when the answer was lost', async () => {
  const calls = api()
  calls.look.mockResolvedValue(aJob({ dry_run: false }))
  const sheet = opened(calls)
  await sheet.tryOut('csv')
  calls.send.mockRejectedValueOnce(new Problem(0, 'offline', 'No'))
  await sheet.apply()
  await sheet.apply()
  const [tried, lost, again] = calls.send.mock.calls
  expect(again?.[0]).toBe(lost?.[0])
  expect(lost?.[0]).not.toBe(tried?.[0])
})

it('sends nothing that is too large', async () => {
  const calls = api()
  const sheet = opened(calls)
  await sheet.tryOut('x'.repeat(250_000))
  expect(sheet.problem?.code).toBe('too_large')
  expect(calls.send).not.toHaveBeenCalled()
})

it('finds again what was begun, without its file, and tells once that it was applied', async () => {
  const calls = api()
  calls.look.mockResolvedValue(aJob({ status: 'running', dry_run: false }))
  const left = opened(calls)
  void left.tryOut('csv', 'guests.csv')
  await vi.waitFor(() => expect(left.job).toBeDefined())
  left.stop()

  calls.look.mockResolvedValue(aJob({ dry_run: false, changed: 1 }))
  const sheet = opened(calls)
  expect([sheet.name, sheet.begun]).toEqual(['guests.csv', true])
  expect(await sheet.resume()).toBe(true)
  expect([sheet.job?.changed, sheet.hasFile]).toEqual([1, false])
  expect(await opened(calls).resume()).toBe(false)
  expect(calls.send).toHaveBeenCalledOnce()

  sheet.putAway()
  expect([sheet.job, opened(calls).begun]).toEqual([undefined, false])
})

it('does not wait for a job that was put away', async () => {
  const calls = api()
  calls.look.mockResolvedValue(aJob({ status: 'running' }))
  const sheet = opened(calls)
  const tried = sheet.tryOut('csv', 'guests.csv')
  await vi.waitFor(() => expect(sheet.job).toBeDefined())
  sheet.putAway()
  await tried
  expect([sheet.working, sheet.job, sheet.name]).toEqual([false, undefined, ''])
})

it('forgets a job that the server knows no more', async () => {
  const calls = api()
  new KeptJob<{ id: string; name: string }>('sheet').begin({ id: 'gone', name: 'guests.csv' })
  calls.look.mockRejectedValue(new Problem(404, 'not_found', 'There is no such job.'))
  const sheet = opened(calls)
  expect(await sheet.resume()).toBe(false)
  expect([sheet.problem, sheet.begun, sheet.name]).toEqual([undefined, false, ''])
})
