/** Milliseconds between two keys of a hardware scanner, which types faster than people. */
const FASTEST_TYPIST = 120
/** Fewer keys than this in a row are no code. */
const SHORTEST = 6

/** A key that was pressed; a KeyboardEvent is one. */
export interface Key {
  key: string
  /** In milliseconds. */
  timeStamp: number
  ctrlKey?: boolean
  metaKey?: boolean
  altKey?: boolean
}

/** Reads a hardware scanner, which is a keyboard that types a code at once and ends it with Enter. */
export class KeyScanner {
  #typed = ''
  #last = -Infinity

  /** Whether the keys are so fast that they are none of people. */
  get reading(): boolean {
    return this.#typed.length > 1
  }

  /** Takes the next key; answers a code once that is whole. */
  take({ key, timeStamp, ctrlKey, metaKey, altKey }: Key): string | undefined {
    if (timeStamp - this.#last > FASTEST_TYPIST) this.#typed = ''
    const typed = this.#typed
    if (key === 'Enter') {
      this.#typed = ''
      return typed.length >= SHORTEST ? typed : undefined
    }
    // What shifts a letter says nothing by itself.
    if (key.length !== 1 || ctrlKey || metaKey || altKey) return undefined
    this.#last = timeStamp
    this.#typed += key
    return undefined
  }
}
