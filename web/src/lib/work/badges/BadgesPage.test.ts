import { fireEvent, render, screen } from '@testing-library/svelte'
import { SvelteURL } from 'svelte/reactivity'
import { beforeEach, expect, it, vi } from 'vitest'
import { goto } from '$app/navigation'
import { Problem } from '$lib/api/problem'
import type { Job } from '$lib/api/types'
import type { BadgesApi, EventView, Template } from './api'
import BadgesPage from './BadgesPage.svelte'
import { settingsIn } from './settings'

const mocks = vi.hoisted(() => ({ saveFile: vi.fn(), at: { url: undefined as unknown as URL } }))
vi.mock('$app/state', () => ({ page: mocks.at }))
vi.mock('$app/navigation', () => ({
  beforeNavigate: vi.fn(),
  goto: vi.fn((to: string) => (mocks.at.url.href = new URL(to, mocks.at.url).href)),
  invalidate: vi.fn(),
}))
vi.mock('$lib/file', () => ({ saveFile: mocks.saveFile }))

beforeEach(() => {
  vi.clearAllMocks()
  HTMLDialogElement.prototype.showModal = vi.fn()
  mocks.at.url = new SvelteURL('https://admit.example/badges')
})

const event = {
  badge: { size: 'a6', role_colours: { press: '#112233' } },
  categories: [{ tiers: [{ id: 't1', title: 'Pass' }] }],
  uncategorized: [],
} as unknown as EventView
const crew: Template = { name: 'crew', source: '#let badge(face) = []', changed_by: 'a', changed_at: '' }
const sheet = {
  id: 'j1',
  kind: 'badge_sheet',
  status: 'done',
  created: 2,
  created_at: '2027-03-01T10:00:00Z',
  unknown_columns: [],
} as unknown as Job

function shown(putTemplate?: BadgesApi['putTemplate'], sheets = [sheet]) {
  const all = {
    event: vi.fn<BadgesApi['event']>(() => Promise.resolve(event)),
    change: vi.fn<BadgesApi['change']>((badge) => Promise.resolve({ ...event, badge })),
    preview: vi.fn<BadgesApi['preview']>(() => Promise.resolve('https://bucket.example/p.png')),
    templates: vi.fn<BadgesApi['templates']>(() => Promise.resolve([crew])),
    putTemplate: vi.fn<BadgesApi['putTemplate']>(
      putTemplate ?? ((name, source) => Promise.resolve({ ...crew, name, source })),
    ),
    removeTemplate: vi.fn<BadgesApi['removeTemplate']>(() => Promise.resolve(null)),
    sheets: vi.fn<BadgesApi['sheets']>(() => Promise.resolve(sheets)),
    beginSheet: vi.fn<BadgesApi['beginSheet']>(() => Promise.resolve(sheet)),
    job: vi.fn<BadgesApi['job']>(() => Promise.resolve({ ...sheet, rows: [], cursor: null } as never)),
    file: vi.fn<BadgesApi['file']>(() => Promise.resolve(new Blob(['%PDF']))),
    upload: vi.fn<BadgesApi['upload']>(() => Promise.resolve('logo000000000001')),
  }
  render(BadgesPage, { api: all, event, first: [crew] })
  return all
}

const write = (id: string, value: string) => fireEvent.input(screen.getByTestId(id), { target: { value } })
const choose = (id: string, value: string) => fireEvent.change(screen.getByTestId(id), { target: { value } })

it('has the preview follow size, template and whom it shows', async () => {
  const api = shown()
  await vi.waitFor(() => expect(api.preview).toHaveBeenCalledOnce())
  expect(api.preview.mock.calls[0]?.[0]).toMatchObject({ template: null, size: 'a6', tier: 'Pass' })
  await choose('badge-size', 'label')
  await choose('badge-template', 'crew')
  await write('sample-name', 'Ola Nordmann')
  const wanted = { template: 'crew', size: 'label', name: 'Ola Nordmann' }
  await vi.waitFor(() => expect(api.preview.mock.lastCall?.[0]).toMatchObject(wanted))
  expect(screen.getByRole<HTMLImageElement>('img').src).toBe('https://bucket.example/p.png')
})

it('keeps colours, words and the logo together with what is set already', async () => {
  const api = shown()
  const [word] = screen.getAllByTestId('role-word')
  if (word) await fireEvent.input(word, { target: { value: 'Guest' } })
  const logo = new File(['x'], 'logo.png', { type: 'image/png' })
  await fireEvent.change(screen.getByTestId('badge-logo'), { target: { files: [logo] } })
  await screen.findByTestId('remove-logo')
  await fireEvent.click(screen.getByTestId('save'))
  await vi.waitFor(() => expect(screen.queryByTestId('save-bar')).toBeNull())
  expect(api.change).toHaveBeenCalledWith({
    size: 'a6',
    role_colours: { press: '#112233' },
    role_words: { attendee: 'Guest' },
    logo: 'logo000000000001',
    template: null,
  })
})

it('overwrites nothing of what a colleague has set meanwhile, until that is wanted', async () => {
  const api = shown()
  const theirs = { size: 'card', role_words: { vip: 'Star' } } as const
  api.event.mockResolvedValue({ ...event, badge: theirs })
  await choose('badge-size', 'label')
  await choose('badge-template', 'crew')
  await fireEvent.click(screen.getByTestId('tab-print'))
  await fireEvent.click(screen.getByTestId('save'))
  const told = await screen.findByTestId('clash')
  expect(told.textContent).toContain('Size')
  expect(told.textContent).not.toContain('Template')
  expect(api.change).not.toHaveBeenCalled()
  expect(screen.getAllByTestId<HTMLInputElement>('role-word').at(-1)?.value).toBe('Star')
  await fireEvent.click(screen.getByTestId('keep-mine'))
  await vi.waitFor(() => expect(screen.queryByTestId('save-bar')).toBeNull())
  const sent = { size: 'label', template: 'crew', role_words: { vip: 'Star' }, role_colours: {}, logo: null }
  expect(api.change).toHaveBeenCalledExactlyOnceWith(sent)
})

it('takes roles for the same in whatever order they are named', () => {
  const named = (role_words: Record<string, string>) => JSON.stringify(settingsIn({ role_words }))
  expect(named({ vip: 'Star', press: 'Media' })).toBe(named({ press: 'Media', vip: 'Star' }))
})

it('sends no colour of a role that has ours again', async () => {
  const api = shown()
  const colour = screen.getAllByTestId('role-colour')[0] as HTMLInputElement
  await fireEvent.change(colour, { target: { value: '#445566' } })
  await fireEvent.click(screen.getByTestId('save'))
  await vi.waitFor(() => expect(screen.queryByTestId('save-bar')).toBeNull())
  expect(api.change.mock.lastCall?.[0].role_colours).toEqual({ attendee: '#445566', press: '#112233' })
  const [ours] = screen.getAllByRole('button', { name: /Take our colour again/ })
  if (ours) await fireEvent.click(ours)
  api.event.mockResolvedValue(await api.change.mock.results[0]?.value)
  await fireEvent.click(screen.getByTestId('save'))
  await vi.waitFor(() => expect(screen.queryByTestId('save-bar')).toBeNull())
  expect(api.change.mock.lastCall?.[0].role_colours).toEqual({ press: '#112233' })
})

it('tells another source of a colleague, and keeps neither until one is chosen', async () => {
  const api = shown()
  await fireEvent.click(screen.getByTestId('tab-templates'))
  await fireEvent.click(screen.getByTestId('edit-template'))
  await write('template-source', 'mine')
  api.templates.mockResolvedValue([{ ...crew, source: 'theirs' }])
  await fireEvent.click(screen.getByTestId('save'))
  await screen.findByTestId('clash')
  expect(api.putTemplate).not.toHaveBeenCalled()
  await fireEvent.click(screen.getByTestId('keep-mine'))
  await vi.waitFor(() => expect(screen.queryByTestId('template-bar')).toBeNull())
  expect(api.putTemplate).toHaveBeenCalledExactlyOnceWith('crew', 'mine')
})

it('opens the template of its name that a colleague has made meanwhile, once theirs is taken', async () => {
  const api = shown()
  await fireEvent.click(screen.getByTestId('tab-templates'))
  await fireEvent.click(screen.getByTestId('add-template'))
  await write('template-name', 'stage')
  api.templates.mockResolvedValue([crew, { ...crew, name: 'stage', source: 'theirs' }])
  await fireEvent.click(screen.getByTestId('save'))
  await fireEvent.click(await screen.findByTestId('take-theirs'))
  expect(screen.getByTestId<HTMLTextAreaElement>('template-source').value).toBe('theirs')
  expect(screen.queryByTestId('template-name')).toBeNull()
  expect(api.putTemplate).not.toHaveBeenCalled()
  await fireEvent.click(screen.getByTestId('close-template'))
  await vi.waitFor(() => expect(screen.getAllByTestId('template')).toHaveLength(2))
})

it('refuses a picture that the API would refuse, and says why', async () => {
  const api = shown()
  const text = new File(['x'], 'logo.svg', { type: 'image/svg+xml' })
  await fireEvent.change(screen.getByTestId('badge-logo'), { target: { files: [text] } })
  await screen.findByTestId('logo-problem')
  expect(api.upload).not.toHaveBeenCalled()
})

it('names the line of a template that draws nothing, and keeps the source in another tab', async () => {
  const line = new Problem(422, 'invalid_input', 'Mend these.', [
    { field: 'source', message: 'line 1: unclosed delimiter' },
  ])
  const api = shown(() => Promise.reject(line))
  await fireEvent.click(screen.getByTestId('tab-templates'))
  await fireEvent.click(screen.getByTestId('add-template'))
  await fireEvent.click(screen.getByTestId('save'))
  expect(screen.getByTestId('template-name').getAttribute('aria-invalid')).toBe('true')
  expect(api.putTemplate).not.toHaveBeenCalled()
  await write('template-name', 'stage')
  await write('template-source', '#let badge(face) = [')
  await fireEvent.click(screen.getByTestId('save'))
  await screen.findByText('line 1: unclosed delimiter')
  await fireEvent.click(screen.getByTestId('tab-look'))
  await fireEvent.click(screen.getByTestId('tab-templates'))
  expect(screen.getByTestId<HTMLTextAreaElement>('template-source').value).toBe('#let badge(face) = [')
})

it('draws a sheet of some tickets and saves its files', async () => {
  const api = shown()
  await fireEvent.click(screen.getByTestId('tab-print'))
  await fireEvent.click(screen.getByRole('checkbox', { name: 'Pass' }))
  await fireEvent.click(screen.getByTestId('sheet-nameless'))
  await fireEvent.click(screen.getByTestId('begin-sheet'))
  await screen.findByTestId('job')
  expect(api.beginSheet.mock.calls[0]?.[0]).toEqual({ tier_ids: ['t1'], layout: 'a4', nameless: true })
  const files = await screen.findAllByTestId('sheet-file')
  expect(api.sheets.mock.calls.length).toBeLessThanOrEqual(2)
  expect(files).toHaveLength(2)
  if (files[1]) await fireEvent.click(files[1])
  await vi.waitFor(() => expect(mocks.saveFile).toHaveBeenCalledWith('badges-2.pdf', expect.any(Blob)))
  expect(api.file).toHaveBeenCalledWith('j1', 2)
})

it('watches a sheet that was still drawn when the page was opened', async () => {
  const api = shown(undefined, [sheet, { ...sheet, id: 'j2', status: 'running' }])
  await fireEvent.click(screen.getByTestId('tab-print'))
  await screen.findByTestId('job-done')
  expect(api.job).toHaveBeenCalledExactlyOnceWith('j2', undefined)
  expect(api.sheets).toHaveBeenCalledTimes(2)
})

it('opens the tab that the address names, and names there which is open', async () => {
  mocks.at.url.search = '?tab=print'
  shown()
  expect(screen.getByTestId('print-badges')).toBeTruthy()
  await fireEvent.click(screen.getByTestId('tab-templates'))
  expect(mocks.at.url.search).toBe('?tab=templates')
  expect(goto).toHaveBeenCalledWith('?tab=templates', expect.objectContaining({ replaceState: true }))
  expect(screen.getByTestId('tab-templates').getAttribute('aria-selected')).toBe('true')
  await screen.findByTestId('add-template')
})
