import { asProblem, type Problem } from '$lib/api/problem'
import type { BadgesApi, PreviewRequest } from './api'

const PAUSE_MS = 500

/** The picture of a badge, which follows what it is asked to show. */
export class Preview {
  url = $state<string>()
  problem = $state.raw<Problem>()
  /** Whether the picture is of something asked for earlier. */
  stale = $state(true)
  #wanted: PreviewRequest = {}
  #asked = 0
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(private readonly api: Pick<BadgesApi, 'preview'>) {}

  /** Shows this as soon as nothing else is wanted. */
  show(wanted: PreviewRequest, pause = PAUSE_MS): void {
    this.#wanted = wanted
    this.stale = true
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.look(), pause)
  }

  async look(): Promise<void> {
    clearTimeout(this.#timer)
    const turn = ++this.#asked
    try {
      const url = await this.api.preview(this.#wanted)
      if (turn !== this.#asked) return
      this.url = url
      this.problem = undefined
      this.stale = false
    } catch (error) {
      if (turn === this.#asked) this.problem = asProblem(error)
    }
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#asked++
  }
}
