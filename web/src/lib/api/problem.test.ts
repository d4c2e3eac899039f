import { readFileSync } from 'node:fs'
import { expect, it, vi } from 'vitest'
import { asProblem } from './problem'

it('has words of its own for every code that people are answered: webhooks alone sign', () => {
  const errors = readFileSync('../layers/common/admit/errors.py', 'utf8')
  const codes = [...errors.matchAll(/^ {4}code = "(\w+)"/gm)].map(([, code]) => code ?? '')
  expect(codes.length).toBeGreaterThan(1)
  const silent = codes.filter(
    (code) => asProblem({ code, detail: 'In English' }, 409).message === 'In English',
  )
  expect(silent).toEqual(['bad_signature'])
})

it('adds the sentence of the server where that alone names what is in the way', () => {
  const detail = 'Something else names this tier: the discount NORTH10.'
  const { message } = asProblem({ code: 'in_use', detail }, 409)
  expect(message).not.toBe(detail)
  expect(message).toContain(detail)
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
