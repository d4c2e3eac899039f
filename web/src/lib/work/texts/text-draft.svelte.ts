import { asProblem, type Problem } from '$lib/api/problem'
import { Draft } from '../draft.svelte'
import type { MailPreview, MailText, TextsApi, Wording } from './api'

/** After so long without another letter the preview is asked for. */
const PAUSE_MS = 500

/** One text that is edited, with a preview that follows it. */
export class TextDraft {
  words = $state.raw() as Draft<Wording>
  there = $state.raw() as MailText
  preview = $state.raw<MailPreview>()
  /** Why there is no preview of what stands here now. */
  refused = $state.raw<Problem>()
  /** Whether the preview is of an earlier wording. */
  stale = $state(true)
  #asked = 0
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(
    private readonly api: Pick<TextsApi, 'put' | 'reset' | 'text' | 'preview'>,
    there: MailText,
  ) {
    this.words = new Draft(this.#wordsOf(there))
  }

  /** What was said about a field: when it was to be kept, else when it was to be shown. */
  fault(field: 'subject' | 'text'): string | undefined {
    const said = (problem: Problem | undefined) =>
      problem?.faults
        .filter((fault) => fault.field === field)
        .map(({ message }) => message)
        .join(' ')
    return said(this.refused) || said(this.words.problem) || undefined
  }

  /** What was said that belongs to no field. */
  get failure(): Problem | undefined {
    return this.refused?.faults.length === 0 ? this.refused : undefined
  }

  /** Answers whether it is kept. */
  save(): Promise<boolean> {
    const { kind, language } = this.there
    return this.words.save(
      async () => this.#wordsOf(await this.api.text(kind, language)),
      async (changes, there) =>
        this.#wordsOf(await this.api.put(kind, language, trimmed({ ...there, ...changes }))),
    )
  }

  /** Has it say again what it says by default. */
  async reset(): Promise<void> {
    const { kind, language } = this.there
    await this.api.reset(kind, language)
    this.words = new Draft(this.#wordsOf(await this.api.text(kind, language)))
  }

  /** Asks for the preview as soon as nothing more is typed; for the first one at once. */
  lookSoon(): void {
    this.stale = true
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.look(), this.#asked ? PAUSE_MS : 0)
  }

  async look(): Promise<void> {
    clearTimeout(this.#timer)
    const turn = ++this.#asked
    try {
      const preview = await this.api.preview(this.there.kind, this.there.language, trimmed(this.words.now))
      if (turn !== this.#asked) return
      this.preview = preview
      this.refused = undefined
      this.stale = false
      // What was refused before is mended.
      if (this.words.problem?.faults.length) this.words.problem = undefined
    } catch (error) {
      if (turn !== this.#asked) return
      this.refused = asProblem(error)
    }
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#asked++
  }

  #wordsOf(there: MailText): Wording {
    this.there = there
    return { subject: there.subject, text: there.text }
  }
}

function trimmed({ subject, text }: Wording): Wording {
  return { subject: subject.trim(), text: text.trim() }
}
