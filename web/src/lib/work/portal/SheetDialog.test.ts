import { fireEvent, render, screen } from '@testing-library/svelte'
import { beforeEach, expect, it, vi } from 'vitest'
import { KeptJob } from '$lib/work/kept-job.svelte'
import { aJob } from './fixtures'
import type { ImportApi } from './import.svelte'
import SheetDialog from './SheetDialog.svelte'

beforeEach(() => {
  sessionStorage.clear()
  // jsdom knows the dialog, but not how it opens and closes.
  HTMLDialogElement.prototype.showModal = vi.fn()
})

it('names the rows at fault before anything is done, and applies the rest', async () => {
  const send = vi.fn<ImportApi['send']>().mockResolvedValue({ id: 'job' })
  const look = vi.fn<ImportApi['look']>()
  const errors = [{ row: 3, field: 'new_email', message: 'is not so', code: 'not_an_email' }]
  look.mockResolvedValueOnce(
    aJob({
      total: 2,
      done: 2,
      changed: 1,
      failed: 1,
      rows: [
        { row: 2, result: 'would_change', reference: 'o-1', note: 'nobody has it yet' },
        { row: 3, result: 'failed', errors },
      ],
    }),
  )
  look.mockResolvedValueOnce(aJob({ dry_run: false, changed: 1 }))
  const onapplied = vi.fn()
  render(SheetDialog, {
    title: 'Spreadsheet',
    lead: '',
    api: { send, look },
    keptAs: 'sheet',
    download: () => Promise.resolve(new Blob()),
    filename: 'tickets.csv',
    onapplied,
    onclose: vi.fn(),
  })
  const file = new File(['ticket_id,new_email\n'], 'guests.csv')
  Object.assign(file, { text: () => Promise.resolve('ticket_id,new_email\n') })
  await fireEvent.change(screen.getByTestId('sheet-file'), { target: { files: [file] } })
  const fault = await screen.findByTestId('sheet-fault')
  expect(fault.dataset.row).toBe('3')
  expect(fault.textContent).toMatch(/new_email\s+This is no e-mail address\./)
  expect(screen.getByTestId('sheet-result').textContent).toContain('Nothing has changed yet.')
  expect(onapplied).not.toHaveBeenCalled()
  await fireEvent.click(screen.getByTestId('sheet-apply'))
  await vi.waitFor(() => expect(onapplied).toHaveBeenCalled())
  expect(send.mock.calls.map(([, , dryRun]) => dryRun)).toEqual([true, false])
  expect(screen.getByTestId('sheet-result').textContent).toContain('1 changed, 0 at fault.')
  expect(screen.queryByTestId('sheet-apply')).toBeNull()
})

it('shows a trial again that was begun before, and asks for its file to apply it', async () => {
  new KeptJob<{ id: string; name: string }>('sheet').begin({ id: 'job', name: 'guests.csv' })
  const send = vi.fn<ImportApi['send']>()
  const look = vi.fn<ImportApi['look']>().mockResolvedValue(aJob({ changed: 1 }))
  const props = { title: 'Spreadsheet', lead: '', keptAs: 'sheet', filename: 'tickets.csv' }
  const calls = { download: vi.fn(), onapplied: vi.fn(), onclose: vi.fn() }
  render(SheetDialog, { ...props, ...calls, api: { send, look } })
  await screen.findByTestId('sheet-again')
  expect(screen.getByTestId('sheet-result').textContent).toContain('guests.csv')
  expect(screen.queryByTestId('sheet-apply')).toBeNull()
  await fireEvent.click(screen.getByTestId('job-put-away'))
  expect(screen.queryByTestId('sheet-result')).toBeNull()
  expect(calls.onapplied).not.toHaveBeenCalled()
})
