import { asProblem, type Problem } from '$lib/api/problem'
import { Action } from '$lib/ui/action.svelte'
import type { MailPreview, MailText, TextsApi, Wording } from './api'

/** After so long without another letter the preview is asked for. */
const PAUSE_MS = 500

/** One text that is edited, with a preview that follows it. */
export class TextDraft {
  subject = $state('')
  text = $state('')
  there = $state.raw() as MailText
  preview = $state.raw<MailPreview>()
  /** Why there is no preview of what stands here now. */
  refused = $state.raw<Problem>()
  /** Whether the preview is of an earlier wording. */
  stale = $state(false)
  readonly saving = new Action()
  #asked = 0
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(
    private readonly api: Pick<TextsApi, 'put' | 'reset' | 'text' | 'preview'>,
    there: MailText,
  ) {
    this.#take(there)
  }

  get dirty(): boolean {
    return this.subject !== this.there.subject || this.text !== this.there.text
  }

  get wording(): Wording {
    return { subject: this.subject.trim(), text: this.text.trim() }
  }

  /** What was said about a field: when it was to be kept, else when it was to be shown. */
  fault(field: 'subject' | 'text'): string | undefined {
    const said = (problem: Problem | undefined) =>
      problem?.faults
        .filter((fault) => fault.field === field)
        .map(({ message }) => message)
        .join(' ')
    return said(this.refused) || said(this.saving.problem) || undefined
  }

  /** What was said that belongs to no field. */
  get failure(): Problem | undefined {
    return this.refused?.faults.length === 0 ? this.refused : undefined
  }

  discard(): void {
    this.#take(this.there)
    this.saving.problem = undefined
    void this.look()
  }

  save(): Promise<void> {
    return this.saving.run(async () => {
      const { subject, text } = this
      this.there = await this.api.put(this.there.kind, this.there.language, this.wording)
      // What was written meanwhile stays.
      if (this.subject === subject) this.subject = this.there.subject
      if (this.text === text) this.text = this.there.text
    })
  }

  /** Has it say again what it says by default. */
  async reset(): Promise<void> {
    const { kind, language } = this.there
    await this.api.reset(kind, language)
    this.#take(await this.api.text(kind, language))
    await this.look()
  }

  /** Asks for the preview as soon as nothing more is typed. */
  lookSoon(): void {
    this.stale = true
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.look(), PAUSE_MS)
  }

  async look(): Promise<void> {
    clearTimeout(this.#timer)
    const turn = ++this.#asked
    try {
      const preview = await this.api.preview(this.there.kind, this.there.language, this.wording)
      if (turn !== this.#asked) return
      this.preview = preview
      this.refused = undefined
      this.stale = false
      // What was refused before is mended.
      if (this.saving.problem?.faults.length) this.saving.problem = undefined
    } catch (error) {
      if (turn !== this.#asked) return
      this.refused = asProblem(error)
    }
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#asked++
  }

  #take(there: MailText): void {
    this.there = there
    this.subject = there.subject
    this.text = there.text
  }
}
