import { readFileSync } from 'node:fs'
import { describe, expect, it, vi } from 'vitest'
import { choose } from '$lib/i18n/index.svelte'
import { LANGUAGES } from '$lib/i18n/languages'
import { asProblem, type Fault } from './problem'

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

describe('a fault', () => {
  const faulty = (fault: Fault) =>
    asProblem({ code: 'invalid_input', detail: 'Mend them.', errors: [fault] }, 422)
  const LONG = { field: 'name', message: 'string should have', code: 'too_long', limit: 120 }

  it.each(LANGUAGES)(
    'has words in %s for every kind, but for what its message alone says',
    async (language) => {
      await choose(language)
      const faults = readFileSync('../layers/common/admit/faults.py', 'utf8')
      const codes = [...faults.matchAll(/^ {4}[A-Z_]+ = "(\w+)"/gm)].map(([, code]) => code ?? '')
      expect(codes.length).toBeGreaterThan(20)
      const said = (code: string, limit: number) =>
        faulty({ field: 'x', message: 'In English', code, limit }).fault('x') ?? ''
      expect(codes.filter((code) => said(code, 1) === 'In English')).toEqual(['invalid'])
      expect(codes.flatMap((code) => [said(code, 1), said(code, 1_000)]).join()).not.toMatch(
        /NaN|undefined|[{}]/,
      )
      await choose('en')
    },
  )

  it('says its limit, as a number of the language', () => {
    expect(faulty(LONG).fault('name')).toBe('At most 120 characters.')
    expect(faulty({ ...LONG, limit: 1 }).fault('name')).toBe('At most one character.')
    expect(faulty({ ...LONG, code: 'at_most', limit: 1_000_000 }).fault('name')).toBe('At most 1,000,000.')
  })

  it('is said by the server where its kind is unknown, or there is none', () => {
    expect(faulty({ ...LONG, code: 'moon_phase' }).fault('name')).toBe('string should have')
    expect(faulty({ field: 'name', message: 'is his already' }).fault('name')).toBe('is his already')
  })

  it('follows the language when that changes', async () => {
    const problem = faulty(LONG)
    await choose('de')
    expect(problem.fault('name')).toBe('Höchstens 120 Zeichen.')
    await choose('en')
    expect(problem.fault('name')).toBe('At most 120 characters.')
  })

  it('is said in our words as soon as these are learned', async () => {
    vi.resetModules()
    const [fresh, { learn }] = await Promise.all([import('./problem'), import('$lib/i18n/index.svelte')])
    await learn('common')
    const problem = fresh.asProblem({ code: 'invalid_input', detail: 'Mend them.', errors: [LONG] }, 422)
    expect(problem.fault('name')).toBe('string should have')
    await learn('problem')
    expect(problem.fault('name')).toBe('At most 120 characters.')
  })
})

it('names the seats that others have', () => {
  const problem = asProblem({ code: 'seat_taken', detail: 'Taken', seats: ['A-1-2'] }, 409)
  expect(problem.seats).toEqual(['A-1-2'])
  expect(asProblem(new TypeError('failed to fetch')).seats).toEqual([])
})
