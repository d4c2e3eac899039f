/** How long a code has to be out of view before it counts as shown again, in milliseconds. */
export const OUT_OF_VIEW = 3_000

/** Tells a code that is shown from one that still lies before the camera. */
export class InView {
  readonly #seen = new Map<string, number>()

  /** Takes note that a code which was told is still there. */
  still(code: string, at: number): void {
    if (this.#seen.has(code)) this.#seen.set(code, at)
  }

  /** Says whether a code that is in view at a time was not so just before. */
  isNew(code: string, at: number): boolean {
    for (const [other, seen] of this.#seen) if (at - seen >= OUT_OF_VIEW) this.#seen.delete(other)
    const known = this.#seen.has(code)
    this.#seen.set(code, at)
    return !known
  }
}
