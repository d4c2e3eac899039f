/** The organizer's calls about how the mails of one event are worded. Each answers its data or throws a Problem. */
import type { components } from '$lib/api/schema'
import { ask, type Work } from '../api'

type Schemas = components['schemas']

export type Kind = Schemas['TextKind']
export type MailLanguage = Schemas['MailLanguage']
export type MailPreview = Schemas['MailPreview']
export type MailText = Schemas['MailTextView']
export type Wording = Schemas['MailWording']

export type TextsApi = ReturnType<typeof textsApi>

const E = '/organizer/{organizer_id}/events/{event_id}'
const ONE = `${E}/mail-texts/{kind}/{language}` as const

export function textsApi(work: Work, organizer_id: string, event_id: string) {
  const at = { organizer_id, event_id }
  const of = (kind: Kind, language: MailLanguage) => ({ params: { path: { ...at, kind, language } } })

  return {
    texts: async (language: MailLanguage): Promise<MailText[]> =>
      (await ask(work.GET(`${E}/mail-texts`, { params: { path: at, query: { language } } }))).items,

    text: (kind: Kind, language: MailLanguage): Promise<MailText> => ask(work.GET(ONE, of(kind, language))),

    put: (kind: Kind, language: MailLanguage, body: Wording): Promise<MailText> =>
      ask(work.PUT(ONE, { ...of(kind, language), body })),

    reset: (kind: Kind, language: MailLanguage) => ask(work.DELETE(ONE, of(kind, language))),

    preview: (kind: Kind, language: MailLanguage, body: Wording): Promise<MailPreview> =>
      ask(work.POST(`${ONE}/preview`, { ...of(kind, language), body })),
  }
}
