import type { EventView, ListedEvent, Tier } from './api'

type Tone = 'plain' | 'good' | 'warn' | 'bad'

export const TONES: Record<ListedEvent['status'], Tone> = {
  draft: 'plain',
  published: 'good',
  closed: 'warn',
  cancelled: 'bad',
}

export function tiersOf(event: Pick<EventView, 'categories' | 'uncategorized'>): Tier[] {
  return [...event.categories.flatMap(({ tiers }) => tiers), ...event.uncategorized]
}

/** How many guests an event has or holds places for: an add-on brings nobody. */
export function takenOf(event: EventView): number {
  return tiersOf(event)
    .filter(({ add_on_of }) => add_on_of === null)
    .reduce((sum, { ticket_count }) => sum + ticket_count, 0)
}

/** Whether what is sold rests on an event already, so that some of it stays as it is. */
export function isSettled({ status }: Pick<EventView, 'status'>): boolean {
  return status !== 'draft'
}
