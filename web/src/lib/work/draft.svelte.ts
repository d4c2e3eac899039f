import { asProblem, type Problem } from '$lib/api/problem'
import { t } from '$lib/i18n/index.svelte'
import { goToFault, isWritten } from './look-over'

/**
 * Something that is edited: what was read of it, and what it is to be. Only what was changed is sent. Before, what
 * stands there now is looked at: a field that somebody else has changed meanwhile is told and not overwritten.
 */
export class Draft<T extends object> {
  now = $state() as T
  busy = $state(false)
  problem = $state.raw<Problem>()
  /** The fields that somebody else has changed since, which are changed here as well. */
  clashes = $state.raw<readonly (keyof T)[]>([])
  /** Whether it was to be kept once: what is missing is told from then on. */
  #tried = $state(false)
  #base = $state.raw() as T

  constructor(base: T) {
    this.#base = base
    this.now = copied(base)
  }

  get changed(): (keyof T)[] {
    return fields(this.#base).filter((field) => !same(this.now[field], this.#base[field]))
  }

  get dirty(): boolean {
    return this.changed.length > 0
  }

  /** What was changed: the body of a patch. */
  get changes(): Partial<T> {
    return Object.fromEntries(
      this.changed.map((field) => [field, $state.snapshot(this.now[field])]),
    ) as Partial<T>
  }

  discard(): void {
    this.#set(this.#base)
  }

  /** What was said about a field, if anything. */
  fault(field: string): string | undefined {
    return this.problem?.fault(field)
  }

  /** What was said about a field or a part of it. */
  faultIn(field: string): string | undefined {
    return this.problem?.faults.find((one) => one.field.startsWith(field))?.message
  }

  /** What was said about a field, or that it has to be filled in. */
  needed(field: string, value: unknown, said = t('work.fault.needed')): string | undefined {
    return this.fault(field) ?? (this.#tried && !value ? said : undefined)
  }

  /** Keeps what its form says, if all of it says something, or else goes to what does not or was refused. */
  async send(form: HTMLElement, keep: () => Promise<boolean>): Promise<boolean> {
    this.#tried = true
    this.problem = undefined
    if (!(await isWritten(form))) return false
    if (await keep()) return true
    await goToFault(form)
    return false
  }

  /**
   * Keeps what was changed until now, unless somebody else has changed the same. Answers whether it is kept. Beside the
   * changes, `write` gets what stands there now, for fields that are sent with others or not at all.
   */
  async save(read: () => Promise<T>, write: (changes: Partial<T>, there: T) => Promise<T>): Promise<boolean> {
    return this.#try(async () => {
      const wanted = $state.snapshot(this.now) as T
      const base = this.#base
      const { changed, changes } = this
      const there = await read()
      const clashes = changed.filter(
        (field) => !same(there[field], base[field]) && !same(there[field], wanted[field]),
      )
      if (clashes.length) {
        this.#behind(there)
        this.clashes = clashes
        return false
      }
      const kept = await write(changes, there)
      // What was typed since stays typed.
      const later = fields(wanted).filter((field) => !same(this.now[field], wanted[field]))
      const typed = later.map((field) => [field, $state.snapshot(this.now[field])])
      this.#set(kept)
      Object.assign(this.now, Object.fromEntries(typed))
      return true
    })
  }

  /** Sends everything, of something new. */
  async create(write: (all: T) => Promise<unknown>): Promise<boolean> {
    return this.#try(async () => {
      const all = $state.snapshot(this.now) as T
      await write(all)
      this.#base = all
      return true
    })
  }

  /** Goes on with one's own, now that one has been told. */
  keepMine(): void {
    this.clashes = []
  }

  /** Takes what somebody else has written where both have changed the same. */
  takeTheirs(): void {
    for (const field of this.clashes) this.now[field] = copied(this.#base[field])
    this.clashes = []
  }

  /** Takes up what stands there now, but keeps what is changed here. */
  #behind(there: T): void {
    const changed = this.changed
    for (const field of fields(there)) if (!changed.includes(field)) this.now[field] = copied(there[field])
    this.#base = there
  }

  #set(base: T): void {
    this.#base = base
    this.now = copied(base)
    this.problem = undefined
    this.clashes = []
    this.#tried = false
  }

  async #try(act: () => Promise<boolean>): Promise<boolean> {
    if (this.busy) return false
    this.busy = true
    this.problem = undefined
    try {
      return await act()
    } catch (error) {
      this.problem = asProblem(error)
      return false
    } finally {
      this.busy = false
    }
  }
}

function fields<T extends object>(of: T): (keyof T)[] {
  return Object.keys(of) as (keyof T)[]
}

function copied<V>(value: V): V {
  return structuredClone(value)
}

function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}
