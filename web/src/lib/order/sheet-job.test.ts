import { beforeEach, expect, it, vi } from 'vitest'
import type { JobWithRows } from '$lib/api/types'
import { SheetJob } from './sheet-job.svelte'

function aJob(overrides: Partial<JobWithRows> = {}): JobWithRows {
  return {
    id: 'job',
    kind: 'assign_tickets',
    status: 'done',
    dry_run: true,
    created_by: 'buyer',
    created_at: '2026-06-01T10:00:00Z',
    finished_at: null,
    unknown_columns: [],
    total: 2,
    done: 2,
    created: 0,
    changed: 1,
    unchanged: 0,
    skipped: 0,
    failed: 1,
    error: null,
    rows: [],
    cursor: null,
    ...overrides,
  }
}

function anApi(...answers: JobWithRows[]) {
  const assignments = vi.fn()
  for (const answer of answers) assignments.mockResolvedValueOnce(answer)
  return { sheet: vi.fn(), assignBySheet: vi.fn().mockResolvedValue({ id: 'job' }), assignments }
}

beforeEach(() => {
  vi.useFakeTimers()
})

it('tries a sheet out, waits for the end, and applies the same sheet', async () => {
  const api = anApi(aJob({ status: 'running', done: 1 }), aJob(), aJob({ dry_run: false }))
  const sheet = new SheetJob(api, 'order', 'secret')
  const trial = sheet.tryOut('ticket_id,new_email')
  await vi.runAllTimersAsync()
  await trial
  expect(sheet.working).toBe(false)
  expect(sheet.job?.done).toBe(2)
  await sheet.apply()
  const bodies = api.assignBySheet.mock.calls.map((call) => call[3] as unknown)
  expect(bodies).toEqual([
    { csv: 'ticket_id,new_email', dry_run: true },
    { csv: 'ticket_id,new_email', dry_run: false },
  ])
  const [trialKey, realKey] = api.assignBySheet.mock.calls.map((call) => call[2] as string)
  expect(realKey).not.toBe(trialKey)
})

it('reads on until all rows at fault are there', async () => {
  const row = { row: 300, result: 'failed', code: 'invalid_request' } as const
  const api = anApi(aJob({ cursor: '100' }), aJob({ rows: [row] }))
  const sheet = new SheetJob(api, 'order', 'secret')
  await sheet.tryOut('ticket_id,new_email')
  expect(api.assignments).toHaveBeenLastCalledWith('order', 'secret', 'job', '100')
  expect(sheet.job?.rows).toEqual([row])
})

it('sends no file that is too large', async () => {
  const api = anApi()
  const sheet = new SheetJob(api, 'order', 'secret')
  await sheet.tryOut('x'.repeat(300_000))
  expect(sheet.problem?.code).toBe('too_large')
  expect(api.assignBySheet).not.toHaveBeenCalled()
})
