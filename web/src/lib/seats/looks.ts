/** What of a house is looked for, and how its seats look by that. */
import type { Seat } from './house'
import type { Look } from './paint'

/** What the reader wants to see: everything, what is to be had, his own, and of a company's whether it is given. */
export type Wish = 'all' | 'free' | 'mine' | 'distributed' | 'not_distributed'

export interface Filter {
  wish: Wish
  /** Places of categories in the house; none of them: all. */
  categories: readonly number[]
}

export const EVERYTHING: Filter = { wish: 'all', categories: [] }

/** Whether the seats of a company's tickets are given to somebody, by seat id. */
export type Overlay = ReadonlyMap<string, 'distributed' | 'not_distributed'>

/** How a buyer sees seats. `sold` says which categories are sold to him. */
export function looksForBuyers(
  { wish, categories }: Filter,
  sold: (category: number) => boolean,
): (seat: Seat) => Look {
  return (seat) => {
    if (wish === 'mine' || !within(categories, seat)) return 'faint'
    if (seat.state === 'free' && sold(seat.category)) return 'free'
    return wish === 'free' ? 'faint' : 'taken'
  }
}

/** How a company sees the house: its own seats, and around them all others. */
export function looksForOwners({ wish, categories }: Filter, overlay: Overlay): (seat: Seat) => Look {
  return (seat) => {
    const given = overlay.get(seat.id)
    if (!within(categories, seat)) return 'faint'
    if (!given) return wish === 'all' ? 'taken' : 'faint'
    if (wish === 'distributed' || wish === 'not_distributed') {
      if (given !== wish) return 'faint'
    }
    return given === 'distributed' ? 'given' : 'free'
  }
}

function within(categories: readonly number[], seat: Seat): boolean {
  return categories.length === 0 || categories.includes(seat.category)
}
