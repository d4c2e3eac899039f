import type { Question } from '$lib/api/types'

/** Says what an answer has to lie between: "2 to 5 options", "at least 18"; nothing where all is right. */
export function limitsOf({ limits, kind }: Pick<Question, 'limits' | 'kind'>): string {
  const { min = null, max = null } = limits ?? {}
  if (min === null && max === null) return ''
  const unit = kind === 'choices' ? ' options' : kind === 'number' || kind === 'date' ? '' : ' characters'
  if (min === null) return kind === 'date' ? `${max} or earlier` : `at most ${max}${unit}`
  if (max === null) return kind === 'date' ? `${min} or later` : `at least ${min}${unit}`
  return `${min} to ${max}${unit}`
}
