const FIRST_DELAY = 1_000
const GROWTH = 1.5
const LONGEST_DELAY = 15_000
const GIVE_UP_AFTER = 30 * 60_000

export interface Poll {
  /** Asks at once and starts again with short pauses, unless it was stopped. */
  now(): void
  stop(): void
}

/**
 * Calls `look` at once and then with growing pauses until it answers true, and no longer than half an hour.
 * Pauses while the page is hidden. An error counts as "not yet".
 */
export function poll(look: () => Promise<boolean>, onStop: () => void = () => undefined): Poll {
  let delay = FIRST_DELAY
  let started = Date.now()
  let timer: ReturnType<typeof setTimeout> | undefined
  let turn = 0
  let stopped = false

  async function run(mine: number): Promise<void> {
    const done = await look().catch(() => false)
    if (mine !== turn) return
    if (done || Date.now() - started > GIVE_UP_AFTER) return rest()
    if (!document.hidden) timer = setTimeout(() => void run(mine), delay)
    delay = Math.min(delay * GROWTH, LONGEST_DELAY)
  }

  function now(): void {
    if (stopped) return
    document.addEventListener('visibilitychange', onVisibility)
    clearTimeout(timer)
    delay = FIRST_DELAY
    started = Date.now()
    void run(++turn)
  }

  function onVisibility(): void {
    clearTimeout(timer)
    if (!document.hidden) now()
  }

  function rest(): void {
    clearTimeout(timer)
    turn++
    document.removeEventListener('visibilitychange', onVisibility)
    onStop()
  }

  function stop(): void {
    stopped = true
    rest()
  }

  now()
  return { now, stop }
}
