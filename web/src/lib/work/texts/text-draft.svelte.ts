import type { Problem } from '$lib/api/problem'
import { Draft } from '../draft.svelte'
import { Preview } from '../preview.svelte'
import type { MailPreview, MailText, TextsApi, Wording } from './api'

/** One text that is edited, with a preview that follows it. */
export class TextDraft {
  words = $state.raw() as Draft<Wording>
  there = $state.raw() as MailText
  readonly preview = new Preview<Wording, MailPreview>((words) =>
    this.api.preview(this.there.kind, this.there.language, words),
  )

  constructor(
    private readonly api: Pick<TextsApi, 'put' | 'reset' | 'text' | 'preview'>,
    there: MailText,
  ) {
    this.words = new Draft(this.#take(there))
  }

  /** What was said about a field: when it was to be kept, else when it was to be shown. */
  fault(field: 'subject' | 'text'): string | undefined {
    const said = (problem: Problem | undefined) =>
      problem?.faults
        .filter((fault) => fault.field === field)
        .map(({ message }) => message)
        .join(' ')
    return said(this.preview.problem) || said(this.words.problem) || undefined
  }

  /** What was said that belongs to no field. */
  get failure(): Problem | undefined {
    const { problem } = this.preview
    return problem?.faults.length === 0 ? problem : undefined
  }

  /** Answers whether it is kept. */
  save(): Promise<boolean> {
    const { kind, language } = this.there
    return this.words.save(
      async () => this.#take(await this.api.text(kind, language)),
      async (changes, there) =>
        this.#take(await this.api.put(kind, language, trimmed({ ...there, ...changes }))),
    )
  }

  /** Has it say again what it says by default. */
  async reset(): Promise<void> {
    const { kind, language } = this.there
    await this.api.reset(kind, language)
    this.words = new Draft(this.#take(await this.api.text(kind, language)))
  }

  /** Has the preview show what stands here now; what was refused before were other words. */
  follow(): void {
    this.preview.show(trimmed(this.words.now))
    this.words.problem = undefined
  }

  /** Takes up what stands there, and returns its words. */
  #take(there: MailText): Wording {
    this.there = there
    return { subject: there.subject, text: there.text }
  }
}

function trimmed({ subject, text }: Wording): Wording {
  return { subject: subject.trim(), text: text.trim() }
}
