import { t } from '$lib/i18n/index.svelte'
import { Draft } from '../draft.svelte'
import type { BadgesApi, Template } from './api'
import { isTemplateName, STARTER, type Settings } from './settings'

/** The template that is written, if one is. */
export class TemplateDraft {
  code = $state.raw<Draft<{ source: string }>>()
  /** The name under which it is kept: a new one has none yet. */
  kept = $state('')
  name = $state('')
  size = $state<Settings['size']>('a6')
  wrongName = $state('')

  constructor(
    private readonly api: Pick<BadgesApi, 'putTemplate'>,
    /** Reads those that there are now. */
    private readonly read: () => Promise<readonly Template[]>,
  ) {}

  open(template?: Template): void {
    this.code = new Draft(this.#take(template))
    this.name = this.kept = template?.name ?? ''
    this.wrongName = ''
    if (!template) this.code.now.source = STARTER
  }

  close(): void {
    this.code = undefined
  }

  /** Takes back what was written; a new one goes. */
  discard(): void {
    if (this.kept) this.code?.discard()
    else this.close()
  }

  /** Keeps it; answers whether it is kept. */
  async save(others: readonly string[]): Promise<boolean> {
    const name = this.name.trim()
    this.wrongName = isTemplateName(name) ? '' : t('badges.fault.name')
    if (!this.kept && others.includes(name)) this.wrongName = t('badges.fault.twice')
    if (!this.code || this.wrongName) return false
    return this.code.save(
      async () => this.#take((await this.read()).find((one) => one.name === name)),
      async (changes, there) => this.#take(await this.api.putTemplate(name, { ...there, ...changes }.source)),
    )
  }

  /** Takes up what stands there, and returns its source: one that nobody has kept yet, or that is removed, has none. */
  #take(template?: Template): { source: string } {
    if (template) this.kept = template.name
    return { source: template?.source ?? '' }
  }
}
