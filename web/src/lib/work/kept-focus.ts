/** What stands once for each thing of a list. */
const ENTRY = 'li, tr'
const STOPS = 'a[href], button, input, select, textarea'

/**
 * Where what had the focus in a place goes away, and nothing else takes it, its like in the entry that took the place
 * of its own takes it, or else the title of the open panel, or that of the page: who has no mouse goes on from there,
 * not from the beginning of the document.
 */
export function keptFocus(place: HTMLElement): () => void {
  let held: EventTarget | null = null
  let next: () => HTMLElement | undefined = () => undefined
  let frame = 0

  const hold = ({ target }: FocusEvent): void => {
    held = target
    next = nextOf(target as Element)
  }

  function look(): void {
    if (!(held instanceof Node) || held.isConnected || document.activeElement !== document.body) return
    held = null
    const like = next()
    if (like) return like.focus()
    const titles = place.querySelectorAll<HTMLElement>('dialog[open] h2')
    const title = [...titles].at(-1) ?? place.querySelector('h1') ?? place
    title.tabIndex = -1
    title.focus({ preventScroll: true })
  }

  // Whoever knows a better place for it has had a frame to say so.
  const observer = new MutationObserver(() => {
    cancelAnimationFrame(frame)
    frame = requestAnimationFrame(look)
  })
  observer.observe(place, { childList: true, subtree: true })
  place.addEventListener('focusin', hold)
  return () => {
    cancelAnimationFrame(frame)
    observer.disconnect()
    place.removeEventListener('focusin', hold)
  }
}

/** Answers the way to what stands where something stood, once the entry that it stood in is gone. */
function nextOf(stop: Element): () => HTMLElement | undefined {
  const entry = stop.closest(ENTRY)
  const list = entry?.parentElement
  if (!entry || !list) return () => undefined
  const at = [...list.children].indexOf(entry)
  const nth = [...entry.querySelectorAll(STOPS)].indexOf(stop)
  return () => {
    if (entry.isConnected || !list.isConnected) return undefined
    const entries = [...list.children].filter((one) => one.matches(ENTRY))
    const stops = entries[Math.min(at, entries.length - 1)]?.querySelectorAll<HTMLElement>(STOPS)
    return stops?.[Math.min(nth, stops.length - 1)]
  }
}
