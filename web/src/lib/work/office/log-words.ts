import { t } from '$lib/i18n/index.svelte'
import type { LogLine } from './api'

export const KINDS = [
  'organizer',
  'member',
  'api_key',
  'webhook',
  'company',
  'event',
  'category',
  'tier',
  'discount',
  'quota',
  'question',
  'allotment',
  'organization',
  'seating',
  'list',
  'gate',
  'zone',
  'device',
  'mail_text',
  'badge_template',
] as const
export const OUTCOMES = ['added', 'changed', 'removed', 'draft', 'published', 'closed', 'cancelled'] as const
const TONES = { added: 'good', published: 'good', removed: 'bad', cancelled: 'bad' } as const

/** What a line is about, as people call it; what nobody has told this page of, by its code. */
export function kindWords({ what }: Pick<LogLine, 'what'>): string {
  const kind = KINDS.find((one) => one === what.split('.')[0])
  return kind ? t(`office.kind.${kind}`) : what
}

/** What has become of it. */
export function outcomeWords({ what }: Pick<LogLine, 'what'>): string {
  const outcome = OUTCOMES.find((one) => one === what.split('.')[1])
  return outcome ? t(`office.became.${outcome}`) : ''
}

export function outcomeTone({ what }: Pick<LogLine, 'what'>): 'good' | 'bad' | 'plain' {
  const outcome = what.split('.')[1] ?? ''
  return Object.hasOwn(TONES, outcome) ? TONES[outcome as keyof typeof TONES] : 'plain'
}
