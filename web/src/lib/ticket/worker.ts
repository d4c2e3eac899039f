import { dev } from '$app/environment'

/** Lets the pages open without a network from now on. */
export function workOffline(): void {
  if (dev || !('serviceWorker' in navigator)) return
  navigator.serviceWorker.register('/service-worker.js').catch(() => undefined)
}

/** Waits until they do; where they never will, for ever. */
export async function worksOffline(): Promise<void> {
  await (navigator.serviceWorker?.ready ?? new Promise(() => undefined))
}
