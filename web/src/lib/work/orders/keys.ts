import { read, write } from '$lib/storage'

export type KeyAct = 'next' | 'previous' | 'choose' | 'search' | 'close' | 'help'

const ACTS: Record<string, KeyAct> = {
  j: 'next',
  ArrowDown: 'next',
  k: 'previous',
  ArrowUp: 'previous',
  x: 'choose',
  '/': 'search',
  Escape: 'close',
  '?': 'help',
}
/** Keys that nobody presses by mistake, or that voice control says: they are never switched off. */
const ALWAYS = ['ArrowDown', 'ArrowUp', 'Escape']
const NAME = 'admit.orders.keys'

/** What a key does on the page; nothing while somebody types or another window is open. */
export function actOf(event: KeyboardEvent, single: boolean): KeyAct | undefined {
  const { key, target, ctrlKey, metaKey, altKey } = event
  if (event.defaultPrevented || ctrlKey || metaKey || altKey) return undefined
  if (
    target instanceof HTMLElement &&
    target.closest('input:not([type=checkbox]), textarea, select, dialog')
  ) {
    return undefined
  }
  if (ALWAYS.includes(key) && key !== 'Escape') {
    // Elsewhere the arrows scroll.
    if (!(target instanceof HTMLElement && target.closest('[data-testid=orders]'))) return undefined
  } else if (!ALWAYS.includes(key) && !single) {
    return undefined
  }
  return ACTS[key]
}

/** Whether single letters do something here, which gets in the way of who speaks to his computer. */
export function singleKeys(): boolean {
  return read<boolean>('local', NAME) ?? true
}

export function switchSingleKeys(on: boolean): void {
  write('local', NAME, on)
}
