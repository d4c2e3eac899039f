/** The device's clock, put right by the server's: offline decisions and the order of scans go by it. */

/** What one answer of the server has told: server minus device in milliseconds, give or take `error`. */
export interface ClockSample {
  offset: number
  error: number
  measured_at: number
}

/** A device's quartz may drift by this much of the time that has passed since it was measured. */
const DRIFT = 50e-6

export class DoorClock {
  #last = 0

  constructor(
    private sample?: ClockSample,
    private readonly read: () => number = Date.now,
  ) {}

  /** Server minus device, in milliseconds; nothing before it was measured. */
  get offset(): number | undefined {
    return this.sample?.offset
  }

  /** The server's time as far as it is known, in milliseconds; never the same twice, and never going back. */
  now(): number {
    this.#last = Math.max(this.#last + 1, Math.round(this.read() + (this.sample?.offset ?? 0)))
    return this.#last
  }

  /** What the device's own clock says, for `measure`. */
  device(): number {
    return this.read()
  }

  /**
   * Takes what the server's clock said between two moments of the device's own; keeps the better of that and what is
   * known. Answers what is to be remembered.
   */
  measure(serverTime: string, sentAt: number, receivedAt: number): ClockSample {
    const offset = Math.round(Date.parse(serverTime) - (sentAt + receivedAt) / 2)
    const next = { offset, error: Math.abs(receivedAt - sentAt) / 2, measured_at: receivedAt }
    const kept = this.sample
    if (kept) {
      const error = kept.error + Math.abs(receivedAt - kept.measured_at) * DRIFT
      const wasSet = Math.abs(kept.offset - offset) > error + next.error
      if (!wasSet && error <= next.error) return kept
      // A clock that was set by hand or by the network starts anew.
      if (wasSet) this.#last = 0
    }
    this.sample = next
    return next
  }
}
