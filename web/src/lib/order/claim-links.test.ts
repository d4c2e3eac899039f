import { expect, it } from 'vitest'
import type { ClaimLink } from '$lib/api/types'
import { aTicket } from '$lib/fixtures'
import { domainsIn, toShare } from './claim-links'

it('shares the tickets that stand behind no open link', () => {
  const left = ['o-1', 'o-2', 'o-3'].map((id) => aTicket({ id }))
  const links = [
    { open: true, tickets: ['o-1'] },
    { open: false, tickets: ['o-2'] },
  ] as ClaimLink[]
  expect(toShare(left, links).map((ticket) => ticket.id)).toEqual(['o-2', 'o-3'])
})

it('reads domains as people type them', () => {
  expect(domainsIn(' @example.com, ada@example.org;example.net ')).toEqual([
    'example.com',
    'example.org',
    'example.net',
  ])
})
