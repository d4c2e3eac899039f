import { expect, it, vi } from 'vitest'
import type { MailText, TextsApi } from './api'
import { TextDraft } from './text-draft.svelte'

const there = { kind: 'order_placed', language: 'en', subject: 'Order', text: 'Thank you.' } as MailText

it('keeps what is written while it is being kept', async () => {
  let kept: (text: MailText) => void = () => undefined
  const put = vi.fn<TextsApi['put']>(() => new Promise((answer) => (kept = answer)))
  const text = () => Promise.resolve(there)
  const draft = new TextDraft({ put, reset: vi.fn(), text, preview: vi.fn() }, there)
  const { words } = draft
  words.now.subject = 'Your order '
  const saving = draft.save()
  await vi.waitFor(() => expect(put).toHaveBeenCalledOnce())
  expect(put.mock.lastCall?.[2]).toEqual({ subject: 'Your order', text: 'Thank you.' })
  words.now.text = 'Thank you very much.'
  kept({ ...there, subject: 'Your order' })
  await saving
  const { subject, text: written } = words.now
  expect([subject, written, words.dirty]).toEqual(['Your order', 'Thank you very much.', true])
})
