import { fireEvent, render, screen, within } from '@testing-library/svelte'
import { beforeEach, expect, it, vi } from 'vitest'
import { Problem } from '$lib/api/problem'
import type { MailText, TextsApi } from './api'
import { GROUPS } from './groups'
import TextsPage from './TextsPage.svelte'

vi.mock('$app/navigation', () => ({ beforeNavigate: vi.fn(), goto: vi.fn() }))

beforeEach(() => {
  HTMLDialogElement.prototype.showModal = vi.fn()
})

function aText(overrides: Partial<MailText> = {}): MailText {
  const wording = { subject: 'Your order {order}', text: '{greeting}\n\n{link}' }
  return {
    kind: 'order_placed',
    language: 'en',
    ...wording,
    own: false,
    default: wording,
    placeholders: ['greeting', 'link', 'order'],
    link_required: true,
    changed_by: null,
    changed_at: null,
    ...overrides,
  }
}

const HTML = '<h1 class="title">Fair</h1><p class="said">Dear Kari</p>'
const refusal = new Problem(422, 'invalid_input', 'Mend these.', [
  { field: 'text', message: 'has {colour}, which this mail does not; it has {greeting}' },
])

function anApi(overrides: Partial<TextsApi> = {}) {
  return {
    texts: vi.fn<TextsApi['texts']>((language) =>
      Promise.resolve([aText({ language }), aText({ language, kind: 'tickets_ready' })]),
    ),
    text: vi.fn<TextsApi['text']>(() => Promise.resolve(aText())),
    put: vi.fn<TextsApi['put']>((kind, language, wording) =>
      Promise.resolve(aText({ kind, language, ...wording, own: true })),
    ),
    reset: vi.fn<TextsApi['reset']>(() => Promise.resolve(null)),
    preview: vi.fn<TextsApi['preview']>((_kind, _language, { subject }) =>
      Promise.resolve({ subject, text: 'Dear Kari', html: HTML }),
    ),
    ...overrides,
  }
}

async function shown(api = anApi(), kind: 'order_placed' | undefined = 'order_placed') {
  const ongo = vi.fn()
  const first = await api.texts('en')
  render(TextsPage, { api, first, language: 'en', kind, ongo })
  return { api, ongo }
}

const kind = (name: string) =>
  screen.getAllByTestId('text-kind').find((one) => one.dataset.kind === name) as HTMLElement
const write = (id: string, value: string) => fireEvent.input(screen.getByTestId(id), { target: { value } })

it('shows a mail as its reader sees it, without its markup', async () => {
  await shown()
  const picture = await screen.findByTestId('mail-picture')
  expect(picture.textContent).toContain('Dear Kari')
  await fireEvent.click(screen.getByTestId('tab-plain'))
  expect(screen.getByTestId('mail-plain').textContent).toBe('Dear Kari')
})

it('has the preview follow what is written, and keeps it', async () => {
  const { api } = await shown()
  await write('text-subject', 'Thanks for {order}')
  await vi.waitFor(() =>
    expect(api.preview).toHaveBeenLastCalledWith('order_placed', 'en', {
      subject: 'Thanks for {order}',
      text: '{greeting}\n\n{link}',
    }),
  )
  await fireEvent.click(screen.getByTestId('save'))
  await screen.findByTestId('own-text')
  await vi.waitFor(() => expect(kind('order_placed').dataset.own).toBe('true'))
  expect(kind('tickets_ready').dataset.own).toBe('false')
})

it('names a refused placeholder beside the text, which stays', async () => {
  await shown(anApi({ preview: vi.fn(() => Promise.reject(refusal)) }))
  await write('text-body', '{colour}')
  await vi.waitFor(() => expect(screen.getByTestId('text-body').getAttribute('aria-invalid')).toBe('true'))
  screen.getByText(/has \{colour\}/)
  expect(screen.getByTestId<HTMLTextAreaElement>('text-body').value).toBe('{colour}')
})

it('puts a placeholder where the writer was, and one of several lines only into the text', async () => {
  await shown()
  const chip = (name: string) =>
    screen.getAllByTestId('placeholder').find((one) => one.dataset.name === name) as HTMLElement
  const subject = screen.getByTestId<HTMLInputElement>('text-subject')
  subject.focus()
  subject.setSelectionRange(0, 4)
  await fireEvent.click(chip('order'))
  expect(subject.value).toBe('{order} order {order}')
  subject.focus()
  await fireEvent.click(chip('link'))
  expect(subject.value).not.toContain('{link}')
  expect(screen.getByTestId<HTMLTextAreaElement>('text-body').value).toContain('{link}')
})

it('tells other words of a colleague, and shows how theirs look once they are taken', async () => {
  const theirs = aText({ own: true, subject: 'Theirs', text: 'Also theirs' })
  const { api } = await shown(anApi({ text: vi.fn(() => Promise.resolve(theirs)) }))
  await write('text-subject', 'Mine')
  await fireEvent.click(screen.getByTestId('save'))
  expect((await screen.findByTestId('clash')).textContent).toContain('Subject')
  expect(api.put).not.toHaveBeenCalled()
  expect(screen.getByTestId<HTMLTextAreaElement>('text-body').value).toBe('Also theirs')
  await fireEvent.click(screen.getByTestId('take-theirs'))
  const wanted = { subject: 'Theirs', text: 'Also theirs' }
  await vi.waitFor(() => expect(api.preview).toHaveBeenLastCalledWith('order_placed', 'en', wanted))
  expect(screen.queryByTestId('save-bar')).toBeNull()
  expect(kind('order_placed').dataset.own).toBe('true')
})

it('overwrites the words of a colleague once that is wanted', async () => {
  const theirs = aText({ own: true, subject: 'Theirs' })
  const { api } = await shown(anApi({ text: vi.fn(() => Promise.resolve(theirs)) }))
  await write('text-subject', 'Mine')
  await fireEvent.click(screen.getByTestId('save'))
  await fireEvent.click(await screen.findByTestId('keep-mine'))
  await vi.waitFor(() => expect(screen.queryByTestId('save-bar')).toBeNull())
  const sent = { subject: 'Mine', text: theirs.text }
  expect(api.put).toHaveBeenCalledExactlyOnceWith('order_placed', 'en', sent)
})

it('asks before another mail is opened while something is not kept', async () => {
  const { ongo } = await shown()
  await write('text-subject', 'Other')
  await fireEvent.click(kind('tickets_ready'))
  const leave = screen.getByTestId('leave')
  expect(screen.getByTestId('text-editor').dataset.kind).toBe('order_placed')
  await fireEvent.click(within(leave).getByTestId('leave-go'))
  expect(screen.getByTestId('text-editor').dataset.kind).toBe('tickets_ready')
  expect(ongo).toHaveBeenLastCalledWith('en', 'tickets_ready')
})

it('reads the texts of another language and stays with the mail', async () => {
  const { api, ongo } = await shown()
  await fireEvent.change(screen.getByTestId('text-language'), { target: { value: 'nb' } })
  await vi.waitFor(() => expect(ongo).toHaveBeenLastCalledWith('nb', 'order_placed'))
  expect(api.texts).toHaveBeenLastCalledWith('nb')
})

it('takes our text again once that is confirmed', async () => {
  const own = aText({ own: true, subject: 'Ours no more', changed_by: 'a@example.com' })
  const { api } = await shown(anApi({ texts: vi.fn(() => Promise.resolve([own])) }))
  await fireEvent.click(screen.getByTestId('reset-text'))
  await fireEvent.click(screen.getByTestId('remove-go'))
  await vi.waitFor(() => expect(screen.queryByTestId('own-text')).toBeNull())
  expect(api.reset).toHaveBeenCalledWith('order_placed', 'en')
  expect(screen.getByTestId<HTMLInputElement>('text-subject').value).toBe('Your order {order}')
})

it('lists each kind once', () => {
  const kinds = GROUPS.flatMap((group) => [...group.kinds] as string[])
  expect(new Set(kinds).size).toBe(kinds.length)
})
