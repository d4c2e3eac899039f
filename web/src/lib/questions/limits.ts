import type { Question } from '$lib/api/types'
import { formatDay } from '$lib/format/dates'
import { t } from '$lib/i18n/index.svelte'

type Bounded = 'options' | 'characters' | 'number' | 'date'
const BOUNDED: Partial<Record<Question['kind'], Bounded>> = {
  choices: 'options',
  number: 'number',
  date: 'date',
}

/** Says what an answer has to lie between: "2 to 5 options", "18 or more"; nothing where all is right. */
export function limitsOf({ limits, kind }: Pick<Question, 'limits' | 'kind'>): string {
  const { min = null, max = null } = limits ?? {}
  if (min === null && max === null) return ''
  const bound = max === null ? 'Least' : min === null ? 'Most' : 'Between'
  const values = { min: written(min, kind), max: written(max, kind) }
  return t(`common.limit.${BOUNDED[kind] ?? 'characters'}${bound}`, values)
}

/** A bound as it is read; what is counted stays a number, for its plural. */
function written(bound: string | number | null, kind: Question['kind']): string | number {
  if (typeof bound === 'string') return formatDay(bound)
  return kind === 'number' ? String(bound) : (bound ?? '')
}
