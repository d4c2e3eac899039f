import type { Listed } from './api'

export interface WhitelistFault {
  /** Counted from 1. */
  row: number
  text: string
}

export interface ReadWhitelist {
  users: Listed[]
  faults: WhitelistFault[]
  /** How many were there twice. */
  twice: number
}

const EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@]+$/
const DOMAIN = /^[a-z0-9.-]+\.[a-z][a-z0-9-]+$/
const HEAD = /^(e-?mail|mail|addres|adress|domain|domene|domaine)/i

/** Reads addresses and domains from what was pasted: one a row, or a spreadsheet with one in some column. */
export function readWhitelist(text: string): ReadWhitelist {
  const users: Listed[] = []
  const faults: WhitelistFault[] = []
  const known = new Set<string>()
  let twice = 0
  for (const [at, row] of text
    .replace(/^\uFEFF/, '')
    .split(/\r\n|\r|\n/)
    .entries()) {
    const cells = row.split(/[,;\t]/).map((cell) => cell.replace(/["'<>]/g, '').trim())
    const said = cells.flatMap((cell) => listed(cell) ?? [])
    // Beside an address a domain is somebody's web site, not everybody who is there.
    const addresses = said.filter(({ email }) => email)
    const found = addresses.length ? addresses : said
    if (!found.length && row.trim() && !isHead(at, cells)) faults.push({ row: at + 1, text: row.trim() })
    for (const one of found) {
      if (known.has(nameOf(one))) twice += 1
      else {
        known.add(nameOf(one))
        users.push(one)
      }
    }
  }
  return { users, faults, twice }
}

/** What an entry is compared by. */
export function nameOf({ email, domain }: Listed): string {
  return email ? email.toLowerCase() : `@${domain ?? ''}`
}

/** A whole domain is written with or without its @. */
function listed(cell: string): Listed | undefined {
  const domain = cell.toLowerCase().replace(/^\*?@/, '')
  if (EMAIL.test(cell)) return { email: cell }
  return DOMAIN.test(domain) ? { domain } : undefined
}

function isHead(at: number, cells: string[]): boolean {
  return at === 0 && cells.some((cell) => HEAD.test(cell))
}
