/** One page of a browser is the door at a time: two would count and tell the same scans. */
const NAME = 'admit.door'

export class SolePage {
  #waiting: AbortController | undefined

  /**
   * Answers once this page is the door: as soon as no other one is, or at once where it takes the other one's place.
   * `lost` is called when another page has done so.
   */
  become(takes: boolean, lost: () => void): Promise<void> {
    const { locks } = navigator as { locks?: LockManager }
    if (!locks) return Promise.resolve()
    this.#waiting?.abort()
    const waiting = new AbortController()
    this.#waiting = waiting
    return new Promise((got) => {
      const held = () => {
        got()
        return new Promise<never>(() => undefined)
      }
      const asked = takes ? { steal: true } : { signal: waiting.signal }
      locks.request(NAME, asked, held).catch(() => {
        if (this.#waiting === waiting && !waiting.signal.aborted) lost()
      })
    })
  }
}
