import { tick } from 'svelte'
import { t } from '$lib/i18n/index.svelte'
import { toast } from './toasts.svelte'

/** Whether all that is typed in a form says something; if not, what doesn't is gone to, and nothing is sent. */
export async function isWritten(form: HTMLElement): Promise<boolean> {
  await tick()
  const wrong =
    form.querySelector<HTMLElement>('[aria-invalid="true"]') ??
    [...form.querySelectorAll('input')].find((input) => input.validity.badInput || isHalf(input))
  if (!wrong) return true
  goTo(wrong)
  toast(t('work.fault.look'), { tone: 'bad', testid: 'look-over' })
  return false
}

/** Goes to the first field that was refused. */
export async function goToFault(form: HTMLElement): Promise<void> {
  await tick()
  const refused = form.querySelector<HTMLElement>('[aria-invalid="true"]')
  if (refused) goTo(refused)
}

/** It may stand in a part that is folded away. */
function goTo(field: HTMLElement): void {
  for (let at = field.closest('details'); at; at = at.parentElement?.closest('details') ?? null)
    at.open = true
  field.focus()
}

/** A day without its time says no moment, nor does a time without its day. */
function isHalf(input: HTMLInputElement): boolean {
  if (input.type !== 'time' && input.type !== 'date') return false
  const parts = [...(input.closest('fieldset')?.querySelectorAll('input') ?? [])]
  return input.value === '' && parts.length === 2 && parts.some((part) => part.value !== '')
}
