import { Action } from '$lib/ui/action.svelte'
import type { BadgesApi, EventView } from './api'
import { settingsIn, type Settings } from './settings'

/** The settings of an event's badges while they are edited. */
export class LookDraft {
  readonly saving = new Action()
  now = $state.raw() as Settings
  /** As they are kept. */
  kept = $state.raw() as Settings

  constructor(
    private readonly api: Pick<BadgesApi, 'change'>,
    event: Pick<EventView, 'badge'>,
  ) {
    this.now = this.kept = settingsIn(event.badge)
  }

  get changed(): (keyof Settings)[] {
    const fields = Object.keys(this.kept) as (keyof Settings)[]
    return fields.filter((field) => same(this.now[field]) !== same(this.kept[field]))
  }

  get dirty(): boolean {
    return this.changed.length > 0
  }

  edit(change: Partial<Settings>): void {
    this.now = { ...this.now, ...change }
  }

  discard(): void {
    this.now = this.kept
    this.saving.problem = undefined
  }

  save(): Promise<void> {
    return this.saving.run(async () => {
      const sent = this.now
      this.kept = settingsIn((await this.api.change(sent)).badge)
      // What was changed meanwhile stays.
      if (this.now === sent) this.now = this.kept
    })
  }
}

/** Tells values apart, whatever the order in which roles were named. */
function same(value: Settings[keyof Settings]): string {
  return JSON.stringify(value && typeof value === 'object' ? Object.entries(value).sort() : value)
}
