/** What staff are told, in the words of the page's language. */
import type { Problem } from '$lib/api/problem'
import type { EarlierPassage } from '$lib/door/types'
import { formatTime } from '$lib/format/dates'
import { t } from '$lib/i18n/index.svelte'
import type { Told } from './station.svelte'

/** The word that fills the screen. */
export function wordOf({ answer, undone, shown }: Told): string {
  if (undone) return t('door.word.undone')
  if (!answer) return t('door.word.unchecked')
  if (answer.result === 'ask') return t('door.word.ask')
  if (answer.result === 'refused')
    return answer.reason === 'out_first' ? t('door.word.ask') : t('door.word.no')
  if (answer.attention) return t('door.word.look')
  return shown.direction === 'out' ? t('door.word.out') : t('door.word.in')
}

/** What to do next, where there is anything to do. */
export function adviceOf({ answer, undone, problem }: Told): string | undefined {
  if (undone) return t('door.advice.undone')
  if (problem) return adviceOfProblem(problem)
  if (!answer || answer.result === 'admitted') return undefined
  if (answer.result === 'ask') return t('door.advice.elsewhere', { gate: answer.gate ?? '' })
  if (answer.reason) return t(`door.advice.${answer.reason}`)
  return t('door.advice.undone')
}

function adviceOfProblem({ code, message }: Problem): string {
  if (code === 'offline') return t('door.advice.offline')
  return code === 'not_kept' ? t('door.advice.not_kept') : message
}

/** When, where and by which device somebody went in before. */
export function earlierInWords({ at, gate, device }: EarlierPassage, timeZone?: string): string {
  const when = formatTime(at, timeZone)
  if (gate && device) return t('door.earlier.gateDevice', { at: when, gate, device })
  if (gate) return t('door.earlier.gate', { at: when, gate })
  if (device) return t('door.earlier.device', { at: when, device })
  return t('door.earlier.at', { at: when })
}

/** The code of the order that a ticket is of, by the ticket's id. */
export function orderCode(ticketId: string): { code: string; number: number } {
  const [order = '', number = ''] = ticketId.split('-')
  return { code: `${order.slice(-9, -4)}-${order.slice(-4)}`.toUpperCase(), number: Number(number) }
}
