import { expect, it, vi } from 'vitest'
import { Problem } from '$lib/api/problem'
import { aJob } from './fixtures'
import { changesOf, faultsOf, Import, type ImportApi } from './import.svelte'

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
  const sheet = new Import(calls)
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
  const sheet = new Import(calls)
  await sheet.tryOut('csv')
  expect(sheet.job && faultsOf(sheet.job).map(({ row }) => row)).toEqual([2, 9])
})

it('sends a file again under its key when the answer was lost', async () => {
  const calls = api()
  calls.look.mockResolvedValue(aJob({ dry_run: false }))
  const sheet = new Import(calls)
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
  const sheet = new Import(calls)
  await sheet.tryOut('x'.repeat(250_000))
  expect(sheet.problem?.code).toBe('too_large')
  expect(calls.send).not.toHaveBeenCalled()
})
