/** The door's pages on this device: kept for when there is no network, brought up to date, installed. */
import { dev } from '$app/environment'
import { base } from '$app/paths'
import { TAKE_OVER } from './take-over'

/** What browsers that offer to install a page hand over, to be used when somebody wishes it. */
interface InstallPrompt extends Event {
  prompt(): Promise<unknown>
}

export class Shell {
  /** Whether a newer version waits. */
  newer = $state(false)
  /** Whether the pages open without a network. */
  kept = $state(false)
  #prompt = $state.raw<InstallPrompt>()
  #waiting: ServiceWorker | null = null
  #registration: ServiceWorkerRegistration | undefined

  get installable(): boolean {
    return this.#prompt !== undefined
  }

  /** Answers what ends it. */
  begin(): () => void {
    const offered = (event: Event) => {
      event.preventDefault()
      this.#prompt = event as InstallPrompt
    }
    // Who leaves the door open for days comes back to it.
    const seen = () => {
      if (document.visibilityState === 'visible') void this.#registration?.update().catch(() => undefined)
    }
    window.addEventListener('beforeinstallprompt', offered)
    document.addEventListener('visibilitychange', seen)
    if (!dev && 'serviceWorker' in navigator) void this.#register().catch(() => undefined)
    return () => {
      window.removeEventListener('beforeinstallprompt', offered)
      document.removeEventListener('visibilitychange', seen)
    }
  }

  async install(): Promise<void> {
    await this.#prompt?.prompt()
    this.#prompt = undefined
  }

  /** Begins with the newer version; what the device keeps stays. */
  update(): void {
    navigator.serviceWorker.addEventListener('controllerchange', () => location.reload(), { once: true })
    this.#waiting?.postMessage(TAKE_OVER)
  }

  async #register(): Promise<void> {
    const registration = await navigator.serviceWorker.register(`${base}/service-worker.js`, {
      scope: `${base}/door`,
    })
    this.#registration = registration
    this.#found(registration)
    registration.addEventListener('updatefound', () => {
      registration.installing?.addEventListener('statechange', () => this.#found(registration))
    })
    await navigator.serviceWorker.ready
    this.kept = true
  }

  #found(registration: ServiceWorkerRegistration): void {
    this.#waiting = registration.waiting
    // The first version waits for nobody.
    this.newer = registration.waiting !== null && registration.active !== null
  }
}
