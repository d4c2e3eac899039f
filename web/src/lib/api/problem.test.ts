import { readFileSync } from 'node:fs'
import { expect, it, vi } from 'vitest'
import { asProblem } from './problem'

/** Codes that only organizers and webhooks are answered. */
const OF_OTHERS = new Set(
  'bad_signature slug_taken not_ready in_use limit_below_sold default_tier nothing_to_refund refund_too_large'.split(
    ' ',
  ),
)

it('has words of its own for every code that buyers, attendees and relays are answered', () => {
  const errors = readFileSync('../layers/common/admit/errors.py', 'utf8')
  const codes = [...errors.matchAll(/^ {4}code = "(\w+)"/gm)].map(([, code]) => code ?? '')
  expect(codes.length).toBeGreaterThan(OF_OTHERS.size)
  const silent = codes.filter(
    (code) => asProblem({ code, detail: 'In English' }, 409).message === 'In English',
  )
  expect(new Set(silent)).toEqual(OF_OTHERS)
})

it('repeats the sentence of the server where it has no words', () => {
  const strange = asProblem({ code: 'moon_phase', detail: 'The moon is full.' }, 409)
  expect(strange).toMatchObject({ code: 'moon_phase', message: 'The moon is full.' })
})

it('repeats the sentence of the server while its own words are not learned', async () => {
  vi.resetModules()
  const [fresh, { learn }] = await Promise.all([import('./problem'), import('$lib/i18n/index.svelte')])
  await learn('common')
  expect(fresh.asProblem({ code: 'sold_out', detail: 'Sold out.' }, 409).message).toBe('Sold out.')
  await learn('problem')
  expect(fresh.asProblem({ code: 'sold_out', detail: 'Sold out.' }, 409).message).not.toBe('Sold out.')
})

it('names the seats that others have', () => {
  const problem = asProblem({ code: 'seat_taken', detail: 'Taken', seats: ['A-1-2'] }, 409)
  expect(problem.seats).toEqual(['A-1-2'])
  expect(asProblem(new TypeError('failed to fetch')).seats).toEqual([])
})
