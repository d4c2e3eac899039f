import { t } from '$lib/i18n/index.svelte'
import { Action } from '$lib/ui/action.svelte'
import type { BadgesApi, Template } from './api'
import { isTemplateName, STARTER, type Settings } from './settings'

/** The template that is written, if one is. */
export class TemplateDraft {
  readonly saving = new Action()
  /** What is kept of it: a new one has neither name nor source yet. */
  open = $state.raw<{ name: string; kept?: string }>()
  name = $state('')
  source = $state('')
  size = $state<Settings['size']>('a6')
  wrongName = $state('')

  constructor(private readonly api: Pick<BadgesApi, 'putTemplate'>) {}

  get dirty(): boolean {
    return this.open !== undefined && this.source !== this.open.kept
  }

  edit(template?: Template): void {
    this.open = template ? { name: template.name, kept: template.source } : { name: '' }
    this.name = template?.name ?? ''
    this.source = template?.source ?? STARTER
    this.#forget()
  }

  close(): void {
    this.open = undefined
    this.#forget()
  }

  /** Takes back what was written; a new one goes. */
  discard(): void {
    if (this.open?.kept === undefined) return this.close()
    this.source = this.open.kept
    this.#forget()
  }

  /** Keeps it; answers whether it is kept. */
  async save(others: readonly string[]): Promise<boolean> {
    const name = this.name.trim()
    this.wrongName = isTemplateName(name) ? '' : t('badges.fault.name')
    if (!this.open?.name && others.includes(name)) this.wrongName = t('badges.fault.twice')
    if (this.wrongName) return false
    await this.saving.run(async () => {
      const sent = this.source
      const kept = await this.api.putTemplate(name, sent)
      this.open = { name: kept.name, kept: kept.source }
      // What was written meanwhile stays.
      if (this.source === sent) this.source = kept.source
    })
    return !this.saving.problem
  }

  #forget(): void {
    this.saving.problem = undefined
    this.wrongName = ''
  }
}
