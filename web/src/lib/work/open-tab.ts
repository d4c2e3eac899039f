import { goto } from '$app/navigation'
import { page } from '$app/state'

/** The tab that the page's address names, or the first: a reload, a shared link and the way back open the same. */
export function openTab<Id extends string>(tabs: readonly [Id, ...Id[]]): Id {
  const named = page.url.searchParams.get('tab')
  return tabs.find((id) => id === named) ?? tabs[0]
}

/** Opens a tab in the place of the one that was open, so that the way back leads to the page before. */
export function goToTab(id: string): void {
  void goto(`?tab=${id}`, { replaceState: true, keepFocus: true, noScroll: true })
}
