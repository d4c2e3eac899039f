import { t } from '$lib/i18n/index.svelte'
import type { MessageId } from '$lib/i18n/messages'
import type { ChecklistItem } from './api'

const WHERE: Record<ChecklistItem['where'], string> = {
  event: 'setup/event',
  tiers: 'setup/tiers',
  categories: 'setup/categories',
  prices: 'setup/tiers',
  seating: 'setup/seating',
  texts: 'setup/texts',
  badges: 'setup/badges',
  team: 'setup/event',
  payment: 'setup/event#payment',
  doors: 'doors',
  questions: 'setup/questions',
}
// What is mended elsewhere than the rest of its part.
const ITEMS: Record<string, string> = {
  card: 'setup/tiers',
  tax: 'setup/tiers',
  capacity: 'setup/event#capacity',
  retention: 'setup/event#people',
}

/** The page below an event's where something of its checklist is mended. */
export function pathOf({ id, where }: ChecklistItem): string {
  return ITEMS[id] ?? WHERE[where]
}

/** Our own words for what is on the list; the server's where there are none. */
export function titleOf({ id, title }: ChecklistItem): string {
  return own(`setup.item.${id}`, title)
}

export function detailOf({ id, detail }: ChecklistItem): string {
  return own(`setup.itemDetail.${id}`, detail)
}

function own(id: string, said: string): string {
  const words = t(id as MessageId)
  return words === id ? said : words
}
