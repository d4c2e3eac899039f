/** Keeps the screen on while the page is in view; answers what lets it go dark again. */
export function keepAwake(): () => void {
  let lock: WakeLockSentinel | undefined
  let over = false

  async function ask(): Promise<void> {
    if (document.visibilityState !== 'visible') return
    // A nearly empty battery refuses.
    const got = await navigator.wakeLock?.request('screen').catch(() => undefined)
    if (over) void got?.release()
    else lock = got
  }

  function seen(): void {
    void ask()
  }

  document.addEventListener('visibilitychange', seen)
  void ask()
  return () => {
    over = true
    document.removeEventListener('visibilitychange', seen)
    void lock?.release()
  }
}
