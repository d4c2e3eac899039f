import type { EventView } from './api'

/** The tiers of an event in their order. */
export function tiersOf({ categories, uncategorized }: Pick<EventView, 'categories' | 'uncategorized'>) {
  return [...categories.flatMap(({ tiers }) => tiers), ...uncategorized]
}

/** What tiers are called, by their ids. */
export function titlesOf(
  event: Pick<EventView, 'categories' | 'uncategorized'>,
): ReadonlyMap<string, string> {
  return new Map(tiersOf(event).map(({ id, title }) => [id, title]))
}
