import type { Question, QuestionSettings } from './api'

export type Kind = Question['kind']

export const KINDS: readonly Kind[] = [
  'text',
  'long_text',
  'number',
  'date',
  'choice',
  'choices',
  'yes_no',
  'email',
  'phone',
  'country',
]
const LIMITED: readonly Kind[] = ['text', 'long_text', 'number', 'choices', 'date']
const CONDITIONS: readonly Kind[] = ['choice', 'choices', 'yes_no', 'country']
const MOMENTS = ['purchase', 'assignment', 'later'] as const

export interface OptionFields {
  /** Of one that is kept. */
  id?: string
  label: string
  active: boolean
}

export type QuestionFields = Required<Omit<QuestionSettings, 'position' | 'options'>> & {
  options: OptionFields[]
}

export const hasOptions = (kind: Kind): boolean => kind === 'choice' || kind === 'choices'
export const hasLimits = (kind: Kind): boolean => LIMITED.includes(kind)

export function questionFields(question: Question): QuestionFields {
  return {
    title: question.title,
    help: question.help,
    kind: question.kind,
    options: question.options.map(({ id, label, active }) => ({ id, label, active: active ?? true })),
    required: question.required,
    asked_of: question.asked_of,
    asked_at: question.asked_at,
    tier_ids: question.tier_ids,
    shown_if: question.shown_if,
    active: question.active,
    limits: question.limits,
    consent: question.consent,
  }
}

export function newQuestion(): QuestionFields {
  return {
    title: '',
    help: '',
    kind: 'text',
    options: [],
    required: false,
    asked_of: 'attendee',
    asked_at: 'purchase',
    tier_ids: [],
    shown_if: null,
    active: true,
    limits: null,
    consent: false,
  }
}

/** The questions on whose answer another one may depend: before it, of the same people, asked no later. */
export function parentsOf(
  questions: readonly Question[],
  { asked_of, asked_at }: Pick<QuestionFields, 'asked_of' | 'asked_at'>,
  id?: string,
): Question[] {
  const at = questions.findIndex((one) => one.id === id)
  return questions
    .slice(0, at === -1 ? undefined : at)
    .filter(
      (one) =>
        one.asked_of === asked_of &&
        CONDITIONS.includes(one.kind) &&
        MOMENTS.indexOf(one.asked_at) <= MOMENTS.indexOf(asked_at),
    )
}
