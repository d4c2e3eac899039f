import type { Api } from '$lib/api/client'
import { asProblem, type Problem } from '$lib/api/problem'
import type { TicketPage } from '$lib/api/types'
import { forget, keep, kept } from './kept'
import { worksOffline } from './worker'

/** The ticket of a page: at once as it was kept, if it was, and then as the server tells it. */
export class ShownTicket {
  page = $state.raw<TicketPage>()
  /** Since when it is kept, while it is not known to be up to date. */
  keptAt = $state<string>()
  problem = $state.raw<Problem>()
  looking = $state(false)
  /** Whether it opens as it is shown when there is no network. */
  safe = $state(false)

  constructor(
    private readonly api: Api,
    private readonly id: string,
    readonly key: string,
  ) {}

  async look(): Promise<void> {
    if (this.looking) return
    this.looking = true
    this.problem = undefined
    const answer = this.api.ticket(this.id, this.key).then(
      (page) => this.take(page),
      (error: unknown) => this.fail(asProblem(error)),
    )
    if (!this.page) {
      const copy = await kept(this.id, this.key)
      if (copy && !this.page && !this.gone) {
        this.page = copy.page
        this.keptAt = copy.at
      }
    }
    await answer
    this.looking = false
  }

  /** Shows and keeps what the server says of it. */
  take(page: TicketPage): void {
    this.page = page
    this.keptAt = undefined
    this.safe = false
    void this.keepSafe(page).catch(() => undefined)
  }

  /** Whether the key opens it no more. */
  get gone(): boolean {
    return this.problem !== undefined && [401, 403, 404].includes(this.problem.status)
  }

  private async keepSafe(page: TicketPage): Promise<void> {
    if (!(await keep(page, this.key))) return
    await worksOffline()
    if (this.page === page) this.safe = true
  }

  private fail(problem: Problem): void {
    this.problem = problem
    if (!this.gone) return
    this.page = undefined
    void forget(this.id, this.key)
  }
}
