import { describe, expect, it } from 'vitest'
import { houseOf } from '$lib/seats/house'
import {
  categoryOf,
  cornerFor,
  countable,
  countOf,
  countsOf,
  drawn,
  mapOf,
  namesFrom,
  partId,
  planIn,
  seatsOf,
  withCategory,
  withSections,
  withTraits,
  type Lines,
  type Plan,
  type SectionSettings,
} from './plan'

const lines: Lines = { rows: 2, seats: 4, firstRow: '1', firstSeat: 1, numbering: 'up', aisleAfter: 0 }

function aSection(overrides: Partial<Lines> = {}, id = 'stalls'): SectionSettings {
  return { id, title: 'Stalls', rows: drawn({ ...lines, ...overrides }, { x: 0, y: 0 }, 'standard') }
}

function aPlan(sections: SectionSettings[] = [aSection()]): Plan {
  const categories = [
    { id: 'standard', title: 'Standard', color: null, tier_ids: ['t1'] },
    { id: 'premium', title: 'Premium', color: null, tier_ids: [] },
  ]
  return { version: 0, choice: 'pick', focus: null, categories, sections, zones: [] }
}

const idsIn = (section: SectionSettings) => section.rows.map((row) => seatsOf(row).map(({ id }) => id))

describe('rows in lines', () => {
  it('are numbered as people count them', () => {
    expect(idsIn(aSection({ rows: 1 }))).toEqual([['1', '2', '3', '4']])
    expect(idsIn(aSection({ rows: 1, numbering: 'down' }))).toEqual([['4', '3', '2', '1']])
    expect(idsIn(aSection({ rows: 1, numbering: 'odd' }))).toEqual([['1', '3', '5', '7']])
    expect(idsIn(aSection({ rows: 1, numbering: 'even' }))).toEqual([['2', '4', '6', '8']])
    expect(idsIn(aSection({ rows: 1, firstSeat: 101 }))).toEqual([['101', '102', '103', '104']])
  })

  it('are named on from the first one, by numbers or letters', () => {
    expect(namesFrom('9', 3)).toEqual(['9', '10', '11'])
    expect(namesFrom('y', 4)).toEqual(['Y', 'Z', 'AA', 'AB'])
    expect(aSection({ firstRow: 'A' }).rows.map(({ id, label }) => [id, label])).toEqual([
      ['a', 'A'],
      ['b', 'B'],
    ])
    expect(['1', 'AB', 'z'].every(countable)).toBe(true)
    expect(['', '1a', 'ÅØ', '12345'].some(countable)).toBe(false)
  })

  it('have an aisle where it was wanted, whichever way they are numbered', () => {
    for (const numbering of ['up', 'down', 'odd', 'even'] as const) {
      const [row] = aSection({ rows: 1, numbering, aisleAfter: 3 }).rows
      expect(row && seatsOf(row).map(({ gap_before }) => gap_before)).toEqual([false, false, false, true])
    }
    const [whole] = aSection({ rows: 1, aisleAfter: 4 }).rows
    expect(whole?.gaps_after).toBeUndefined()
  })
})

describe('sections', () => {
  it('stand behind the others or beside them, and touch none', () => {
    const there = [aSection({ rows: 3, seats: 10 })]
    expect(cornerFor('behind', there, { seats: 6 })).toEqual({ x: 2, y: 5 })
    expect(cornerFor('right', there, { seats: 6 })).toEqual({ x: 12, y: 0 })
    expect(cornerFor('left', there, { seats: 6 })).toEqual({ x: -8, y: 0 })
    expect(cornerFor('left', [], { seats: 6 })).toEqual({ x: 0, y: 0 })
  })

  it('have a stage before them, unless the plan says where to look', () => {
    const empty = aPlan([])
    const first = withSections(empty, [aSection()])
    expect(first.focus).toEqual({ x: 1.5, y: -3 })
    const wider = withSections(first, [aSection({ seats: 8 })])
    expect(wider.focus).toEqual({ x: 3.5, y: -3 })
    const own = withSections({ ...first, focus: { x: 0, y: 50 } }, [aSection({ seats: 8 })])
    expect(own.focus).toEqual({ x: 0, y: 50 })
  })

  it('get ids that the API takes and that nobody else has', () => {
    expect(partId('Parkett – Mitte (links)')).toBe('parkett_mitte_li')
    expect(partId('صالة')).toBe('x')
    expect(partId('Stalls', ['stalls', 'stalls_2'])).toBe('stalls_3')
    expect(partId('Stalls')).toMatch(/^[a-z0-9_]{1,20}$/)
  })

  it('count their seats by category', () => {
    const plan = withTraits(aPlan(), new Set(['stalls-1-1', 'stalls-1-2']), { category: 'premium' })
    expect(Object.fromEntries(countsOf(plan))).toEqual({ premium: 2, standard: 6 })
    const [section] = plan.sections
    expect(section && countOf(section)).toBe(8)
    expect(section && categoryOf(section)).toBeUndefined()
    expect(section && categoryOf(withCategory(section, 'premium'))).toBe('premium')
  })
})

describe('single seats', () => {
  it('are said apart, and the others of their row stay as they are', () => {
    const plan = withTraits(aPlan(), new Set(['stalls-1-2']), { restricted: 'pillar', kind: 'accessible' })
    const [first, second] = plan.sections[0]?.rows ?? []
    expect(first?.seats?.map(({ id, kind, restricted }) => [id, kind, restricted])).toEqual([
      ['1', undefined, undefined],
      ['2', 'accessible', 'pillar'],
      ['3', undefined, undefined],
      ['4', undefined, undefined],
    ])
    expect(first).not.toHaveProperty('count')
    expect(second?.count).toBe(4)
    const cleared = withTraits(plan, new Set(['stalls-1-2']), { restricted: '' })
    expect(cleared.sections[0]?.rows[0]?.seats?.[1]).toMatchObject({ kind: 'accessible', restricted: null })
  })

  it('for companions go with the nearest place for a wheelchair', () => {
    const wheelchair = withTraits(aPlan(), new Set(['stalls-1-2']), { kind: 'accessible' })
    const plan = withTraits(wheelchair, new Set(['stalls-1-3']), { kind: 'companion' })
    expect(plan.sections[0]?.rows[0]?.seats?.[2]).toMatchObject({ kind: 'companion', companion_of: '2' })
  })
})

describe('a plan', () => {
  it('that is not there yet is an empty one of version 0', () => {
    const view = {
      version: 0,
      plan: { version: 0 },
      section: null,
      sections: [],
      categories: [],
      warnings: [],
    }
    expect(planIn(view)).toEqual({ ...aPlan([]), categories: [] })
  })

  it('makes the house that buyers see', () => {
    const house = houseOf(mapOf(withSections(aPlan([]), [aSection({ firstRow: 'A' })])))
    expect(house.seats.map(({ id }) => id)).toContain('stalls-b-4')
    expect(house.hasStage).toBe(true)
    expect(house.byId.get('stalls-b-4')).toMatchObject({ x: 3, y: 1, category: 0, label: '4' })
  })
})
