import { fireEvent, render, screen } from '@testing-library/svelte'
import { beforeEach, expect, it, vi } from 'vitest'
import { aJob } from './fixtures'
import type { ImportApi } from './import.svelte'
import SheetDialog from './SheetDialog.svelte'

beforeEach(() => {
  // jsdom knows the dialog, but not how it opens and closes.
  HTMLDialogElement.prototype.showModal = vi.fn()
})

it('names the rows at fault before anything is done, and applies the rest', async () => {
  const send = vi.fn<ImportApi['send']>().mockResolvedValue({ id: 'job' })
  const look = vi.fn<ImportApi['look']>()
  const errors = [{ row: 3, field: 'new_email', message: 'is not an e-mail address' }]
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
  expect(fault.textContent).toContain('new_email')
  expect(screen.getByTestId('sheet-result').textContent).toContain('Nothing has changed yet.')
  expect(onapplied).not.toHaveBeenCalled()
  await fireEvent.click(screen.getByTestId('sheet-apply'))
  await vi.waitFor(() => expect(onapplied).toHaveBeenCalled())
  expect(send.mock.calls.map(([, , dryRun]) => dryRun)).toEqual([true, false])
  expect(screen.getByTestId('sheet-result').textContent).toContain('1 changed, 0 at fault.')
  expect(screen.queryByTestId('sheet-apply')).toBeNull()
})
