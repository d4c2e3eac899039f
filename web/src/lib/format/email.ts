import type { Fault } from '$lib/api/problem'
import { t } from '$lib/i18n/index.svelte'

/** What is wrong with an address at first sight, if anything. */
export function emailFault(field: string, text: string): Fault[] {
  if (/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(text.trim())) return []
  return [{ field, message: t('common.fault.email') }]
}
