import { cleanup, fireEvent, render, screen } from '@testing-library/svelte'
import { beforeEach, expect, it, vi } from 'vitest'
import { Problem } from '$lib/api/problem'
import type { JobWithRows } from '$lib/api/types'
import ImportDialog from './ImportDialog.svelte'

beforeEach(() => {
  sessionStorage.clear()
  HTMLDialogElement.prototype.showModal = vi.fn()
})

const aJob = (changes: Partial<JobWithRows> = {}) =>
  ({
    status: 'done',
    total: 1,
    done: 1,
    unknown_columns: [],
    rows: [{ row: 2, result: 'created', reference: 'ada@example.com', errors: [] }],
    cursor: null,
    ...changes,
  }) as unknown as JobWithRows
const RUNNING = aJob({ status: 'running', done: 0, rows: [] })

const read = vi.fn<(id: string, cursor?: string) => Promise<JobWithRows>>()
const onimported = vi.fn()

/** Opens the window, as for the first time or once more. */
function open(keptAs = 'people.import.e1'): void {
  cleanup()
  onimported.mockReset()
  const begin = (_: string, dry: boolean) => Promise.resolve({ id: dry ? 'dry' : 'real' })
  const props = { title: 'Import', lead: '', keptAs, begin, read, onimported, onclose: vi.fn() }
  render(ImportDialog, props)
}

async function choose(): Promise<void> {
  const input = screen.getByTestId('import-file')
  const file = { name: 'people.csv', text: () => Promise.resolve('email\nada@example.com\n') }
  Object.defineProperty(input, 'files', { value: [file] })
  await fireEvent.change(input)
}

const jobs = () => read.mock.calls.map(([id]) => id)

it('finds an import again that still runs, and tells once that it is over', async () => {
  read.mockReset().mockResolvedValueOnce(aJob()).mockResolvedValue(RUNNING)
  open()
  await choose()
  await fireEvent.click(await screen.findByTestId('import-go'))
  await vi.waitFor(() => expect(jobs()).toContain('real'))
  expect(JSON.stringify({ ...sessionStorage })).not.toContain('ada@example.com')

  open()
  expect(screen.getByText('people.csv')).toBeTruthy()
  expect(screen.getByTestId<HTMLInputElement>('import-file').disabled).toBe(true)
  await vi.waitFor(() => expect(screen.getByTestId('import-job').dataset.status).toBe('running'))

  read.mockResolvedValue(aJob())
  open()
  await screen.findByTestId('job-row')
  expect(onimported).toHaveBeenCalledOnce()
  expect(screen.getByTestId<HTMLInputElement>('import-file').disabled).toBe(false)

  open()
  await screen.findByTestId('job-row')
  expect(onimported).not.toHaveBeenCalled()
  open('people.import.e2')
  expect(screen.queryByTestId('import-job')).toBeNull()
})

it('shows what a trial found, but has no file to import any more', async () => {
  read.mockReset().mockResolvedValue(aJob())
  open()
  await choose()
  await screen.findByTestId('import-go')
  expect(screen.queryByTestId('import-again')).toBeNull()

  open()
  await screen.findByTestId('import-again')
  expect(screen.queryByTestId('import-go')).toBeNull()
  await fireEvent.click(screen.getByTestId('job-put-away'))
  expect(screen.queryByTestId('import-job')).toBeNull()
  expect(sessionStorage).toHaveLength(0)
})

it('forgets what the server knows no more', async () => {
  read.mockReset().mockResolvedValue(aJob())
  open()
  await choose()
  await screen.findByTestId('import-go')
  read.mockRejectedValue(new Problem(404, 'not_found', 'There is no such job.'))
  open()
  await vi.waitFor(() => expect(screen.queryByTestId('import-job')).toBeNull())
  expect(screen.queryByTestId('job-problem')).toBeNull()
  expect(sessionStorage).toHaveLength(0)
  expect(screen.getByTestId<HTMLInputElement>('import-file').disabled).toBe(false)
})
