import { SvelteMap } from 'svelte/reactivity'

/** The tickets that are chosen, whatever of them the list shows at the moment. */
export class Chosen<T extends { id: string }> {
  readonly #chosen = new SvelteMap<string, T>()
  /** Where a range begins. */
  #from: string | undefined

  readonly all = $derived([...this.#chosen.values()])

  get count(): number {
    return this.#chosen.size
  }

  has(id: string): boolean {
    return this.#chosen.has(id)
  }

  toggle(one: T): void {
    this.#from = one.id
    if (!this.#chosen.delete(one.id)) this.#chosen.set(one.id, one)
  }

  /** Chooses all from where the last choice was made to this one, in the order of a list. */
  reach(one: T, list: readonly T[]): void {
    const [from, to] = [this.#from, one.id].map((wanted) => list.findIndex(({ id }) => id === wanted)) as [
      number,
      number,
    ]
    if (from < 0 || to < 0) return this.toggle(one)
    this.add(list.slice(Math.min(from, to), Math.max(from, to) + 1))
  }

  add(some: readonly T[]): void {
    for (const one of some) this.#chosen.set(one.id, one)
  }

  drop(ids: readonly string[]): void {
    for (const id of ids) this.#chosen.delete(id)
  }

  clear(): void {
    this.#from = undefined
    this.#chosen.clear()
  }

  /** Takes over how those are by now that were read again. */
  follow(list: readonly T[]): void {
    this.add(list.filter(({ id }) => this.has(id)))
  }
}
