import type { Wanted } from './api'
import { STATES } from './states'

/** What the address of a page of the portal says. */
export interface Address {
  wanted: Wanted
  /** Whose cart is worked in; left out: one's own. */
  relay?: string
  asMap?: boolean
}

export function readWanted(query: URLSearchParams): Address {
  const said = (name: string) => query.get(name) || undefined
  return {
    wanted: {
      event: said('event'),
      state: STATES.find((state) => state === said('state')),
      tier: said('tier'),
      q: said('q'),
    },
    relay: said('relay'),
    asMap: said('view') === 'map',
  }
}

/** Writes the query of an address; what is left out is not said. */
export function writeWanted({ wanted, relay, asMap }: Address): string {
  const query = new URLSearchParams()
  const said = { ...wanted, relay, view: asMap ? 'map' : undefined }
  for (const [name, value] of Object.entries(said)) if (value) query.set(name, value)
  return `?${query}`
}
