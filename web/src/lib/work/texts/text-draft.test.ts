import { expect, it, vi } from 'vitest'
import type { MailText, TextsApi } from './api'
import { TextDraft } from './text-draft.svelte'

const there = { kind: 'order_placed', language: 'en', subject: 'Order', text: 'Thank you.' } as MailText

it('keeps what is written while it is being kept', async () => {
  let kept: (text: MailText) => void = () => undefined
  const put = vi.fn<TextsApi['put']>(() => new Promise((answer) => (kept = answer)))
  const draft = new TextDraft({ put, reset: vi.fn(), text: vi.fn(), preview: vi.fn() }, there)
  draft.subject = 'Your order '
  const saving = draft.save()
  draft.text = 'Thank you very much.'
  kept({ ...there, subject: 'Your order' })
  await saving
  expect([draft.subject, draft.text, draft.dirty]).toEqual(['Your order', 'Thank you very much.', true])
})
