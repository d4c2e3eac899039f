import { Problem } from '$lib/api/problem'
import { t } from '$lib/i18n/index.svelte'
import { Action } from '$lib/ui/action.svelte'
import type { Seating, SeatingApi } from './api'
import type { Plan } from './plan'

const OVERTAKEN = 'changed_meanwhile'

/** A plan that is edited, and what is known of the one that holds. */
export class PlanDraft {
  readonly saving = new Action()
  there = $state.raw() as Seating
  plan = $state.raw() as Plan
  #base = $state.raw() as Plan

  constructor(
    private readonly api: Pick<SeatingApi, 'put' | 'seating'>,
    there: Seating,
  ) {
    this.take(there)
  }

  get dirty(): boolean {
    return this.plan !== this.#base
  }

  edit(change: Partial<Plan>): void {
    this.plan = { ...this.plan, ...change }
  }

  /** Goes on from the plan that holds. */
  take(there: Seating): void {
    this.there = there
    this.plan = this.#base = begun(there.plan)
  }

  discard(): void {
    this.plan = this.#base
    this.saving.problem = undefined
  }

  save(): Promise<void> {
    return this.saving.run(async () => {
      const sent = this.plan
      const there = await this.api.put(sent).catch(toldOfPlan)
      const since = this.plan
      this.take(there)
      // What was changed meanwhile stays changed.
      if (since !== sent) this.plan = { ...since, version: there.plan.version }
    })
  }

  /** Whether somebody else has changed the plan that is edited here. */
  get overtaken(): boolean {
    return this.saving.problem?.code === OVERTAKEN
  }

  async reload(): Promise<void> {
    this.take(await this.api.seating())
    this.saving.problem = undefined
  }
}

/** A plan that is not there yet begins with a category. */
function begun(plan: Plan): Plan {
  if (plan.version > 0) return plan
  return {
    ...plan,
    categories: [{ id: 'seats', title: t('seating.category.first'), color: null, tier_ids: [] }],
  }
}

/** Says of the plan what is said of whatever two have changed at once. */
function toldOfPlan(error: unknown): never {
  if (!(error instanceof Problem) || error.code !== OVERTAKEN) throw error
  throw new Problem(error.status, error.code, t('seating.overtaken'))
}
