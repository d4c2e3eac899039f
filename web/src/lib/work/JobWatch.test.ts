import { fireEvent, render, screen } from '@testing-library/svelte'
import { expect, it, vi } from 'vitest'
import { Problem } from '$lib/api/problem'
import type { JobWithRows } from '$lib/api/types'
import JobWatch from './JobWatch.svelte'

function aJob(changes: Partial<JobWithRows> = {}): JobWithRows {
  return {
    id: 'job_1',
    kind: 'persons',
    status: 'running',
    dry_run: false,
    created_by: 'kari@example.com',
    created_at: '2027-01-03T10:00:00Z',
    finished_at: null,
    unknown_columns: [],
    total: 2,
    done: 1,
    created: 1,
    changed: 0,
    unchanged: 0,
    skipped: 0,
    failed: 0,
    error: null,
    rows: [],
    cursor: null,
    ...changes,
  }
}

const DONE = aJob({
  status: 'done',
  done: 2,
  failed: 1,
  rows: [
    { row: 2, result: 'created', reference: 'ada@example.com', errors: [] },
    {
      row: 3,
      result: 'failed',
      errors: [{ field: 'email', code: 'invalid', message: 'is no e-mail address' }],
    },
  ] as JobWithRows['rows'],
})

it('looks until the job is done, and tells what came of each row', async () => {
  const read = vi.fn().mockResolvedValueOnce(aJob()).mockResolvedValue(DONE)
  const ondone = vi.fn()
  render(JobWatch, { read, ondone, label: 'Persons come in', pause: 1 })
  await screen.findByTestId('job-done')
  expect(screen.getAllByTestId('job-row').map((row) => row.dataset.result)).toEqual(['created', 'failed'])
  expect(screen.getByText('is no e-mail address', { exact: false })).toBeTruthy()
  expect(ondone).toHaveBeenCalledExactlyOnceWith(DONE)
  expect(read).toHaveBeenCalledTimes(2)
})

it('says when it can not look, and goes on when it is asked to', async () => {
  const read = vi
    .fn()
    .mockRejectedValueOnce(new Problem(0, 'offline', 'No connection.'))
    .mockResolvedValue(DONE)
  render(JobWatch, { read, label: 'Persons come in', pause: 1 })
  await fireEvent.click(await screen.findByTestId('retry'))
  await screen.findByTestId('job-done')
  expect(screen.queryByTestId('job-problem')).toBeNull()
})

it('brings further rows', async () => {
  const [first, second] = DONE.rows
  const read = vi.fn(async (cursor?: string) =>
    cursor ? { ...DONE, rows: [second], cursor: null } : { ...DONE, rows: [first], cursor: 'next' },
  )
  render(JobWatch, { read: read as never, label: 'Persons come in', pause: 1 })
  await fireEvent.click(await screen.findByTestId('show-more'))
  await vi.waitFor(() => expect(screen.getAllByTestId('job-row')).toHaveLength(2))
  expect(screen.queryByTestId('show-more')).toBeNull()
})

it('says why a job has failed', async () => {
  const read = async () => aJob({ status: 'failed', error: 'The file is no CSV.' })
  render(JobWatch, { read, label: 'Persons come in', pause: 1 })
  expect((await screen.findByTestId('job-failed')).textContent).toContain('The file is no CSV.')
})
