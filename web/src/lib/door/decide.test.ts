// @vitest-environment node
import { describe, expect, it } from 'vitest'
import { ADVICE, FORCEABLE } from './advice'
import { readCredential, type Credential } from './credential'
import { decide, homeGate, rulesOf, type Attempt } from './decide'
import { aHeader, rosterFile, vectors } from './fixtures'
import { NOWHERE, since, walked, type Passage } from './passages'
import { Roster, RosterIndex, type Entry } from './roster'

const header = aHeader()
const roster = new Roster(header, new RosterIndex([rosterFile]))

async function read(code: string): Promise<Credential> {
  const credential = await readCredential(code, header.event.id, await roster.verify)
  if (typeof credential === 'string') throw new Error(credential)
  return credential
}

function anEntry(overrides: Partial<Entry> = {}): Entry {
  const plain = { unpaid: false, attention: false, notes: [], inside: {}, entered: {} }
  return { ...plain, tier_id: 'floor', status: 'valid', ...overrides }
}

function anAttempt(overrides: Partial<Attempt> = {}): Attempt {
  return {
    known: anEntry(),
    rules: rulesOf(header, 'list-2'),
    direction: 'in',
    at: 1_000,
    force: false,
    ...overrides,
  }
}

function aPassage(overrides: Partial<Passage> = {}): Passage {
  return {
    name: 'a',
    at: 500,
    out: false,
    zone_id: 'event',
    gate_id: 'north',
    again: 'after_exit',
    outcome: 'admitted',
    ...overrides,
  }
}

describe('the offline decision', () => {
  it('opens every entry with its code alone, and knows replaced codes', async () => {
    for (const { credential, entry, revoked } of vectors.decisions) {
      const told = await roster.look((await read(credential)).raw)
      if (revoked) {
        expect(told).toBe('revoked')
        continue
      }
      const { tier, section, scanned_at, ...rest } = entry
      const said = { ...rest, tier_id: header.tiers[tier]?.id }
      expect(told).toMatchObject({
        ...said,
        ...(section !== undefined && { section_id: section }),
        ...(scanned_at !== undefined && { scanned_at }),
      })
    }
  })

  it('is that of the server on the same ticket and the same scans', async () => {
    for (const made of vectors.decisions) {
      const attempt: Attempt = {
        known: await roster.look((await read(made.credential)).raw),
        rules: rulesOf(header, made.list_id),
        direction: made.direction,
        at: made.at,
        force: made.force,
      }
      const { outcome, reason, forced } = decide(header, attempt, made.own)
      expect({ outcome, reason: reason ?? null, forced }).toEqual({
        outcome: made.outcome,
        reason: made.outcome === 'refused' ? made.reason : null,
        forced: made.forced,
      })
    }
  })

  it('folds scans told in any order to where the server does', () => {
    for (const { scans, inside, entered } of vectors.walks) {
      for (const told of [scans, [...scans].reverse()]) {
        const walk = walked(told, NOWHERE, header.event.timezone)
        expect(walk.standing).toEqual({ inside, entered })
        for (const scan of scans) {
          if (walk.told.has(scan.name)) expect(walk.told.get(scan.name) ?? null).toBe(scan.reason)
        }
      }
    }
  })

  it('says what the server says to staff, and lets a supervisor do the same', () => {
    expect(ADVICE).toEqual(vectors.advice)
    expect([...FORCEABLE].sort()).toEqual(vectors.forceable)
  })

  it('admits a code that is newer than the roster, with a mark, and once', () => {
    const newer = anAttempt({ known: undefined })
    expect(decide(header, newer, [])).toMatchObject({ outcome: 'admitted', newer: true })
    expect(decide(header, newer, [aPassage()])).toMatchObject({ outcome: 'refused', reason: 'already_in' })
  })

  it('counts no scan again that the roster tells of already', () => {
    const known = anEntry({ entered: { event: 500 }, scanned_at: 700 })
    const cameIn = aPassage({ told_at: 500 })
    const early = aHeader({ as_of: new Date(0).toISOString() })
    expect(decide(early, anAttempt({ known }), [cameIn])).toMatchObject({ outcome: 'admitted' })
    expect(since(NOWHERE, [cameIn], 0)).toEqual([cameIn])
  })

  it('learns from the roster that a scan was taken back elsewhere, once that can tell of it', () => {
    const asOf = Date.parse(header.as_of ?? '')
    const cameIn = (ago: number) => aPassage({ told_at: asOf - ago })
    const goesBy = (scan: Passage) => decide(header, anAttempt(), [scan])
    expect(goesBy(cameIn(119_000))).toMatchObject({ outcome: 'refused', reason: 'already_in' })
    expect(goesBy(cameIn(121_000))).toMatchObject({ outcome: 'admitted' })
    expect(goesBy(aPassage())).toMatchObject({ outcome: 'refused', reason: 'already_in' })
  })

  it('counts a scan for good whose code no roster knows', () => {
    const newer = anAttempt({ known: undefined })
    expect(decide(header, newer, [aPassage({ told_at: 0 })])).toMatchObject({ reason: 'already_in' })
  })

  it('lets everybody out who is inside, whatever list, hours, status or offer say', () => {
    const strict = { ...rulesOf(header, 'list-2'), tier_ids: ['press'], ends_at: new Date(0).toISOString() }
    const inside = { inside: { event: 'north' }, entered: { event: 1 } }
    const known = anEntry({ ...inside, status: 'cancelled', offered_until: 9_999, unpaid: true })
    const leaving = anAttempt({ known, rules: strict, direction: 'out' })
    expect(decide(header, leaving, [])).toMatchObject({ outcome: 'admitted', forced: false })
    expect(decide(header, { ...leaving, known: anEntry() }, [])).toMatchObject({ reason: 'out_first' })
    expect(decide(header, { ...leaving, known: 'revoked' }, [])).toMatchObject({ reason: 'superseded' })
  })

  it('lets nobody in twice of whose first scan the server does not know', () => {
    const known = anEntry({ scanned_at: 700, entered: { lounge: 700 } })
    expect(decide(header, anAttempt({ known }), [aPassage()])).toMatchObject({ reason: 'already_in' })
  })

  it('gives each ticket the gate that the server gives it', async () => {
    for (const { ticket_id, gate } of vectors.apart) {
      expect(await homeGate(ticket_id, ['a', 'b', 'c'])).toBe(gate)
    }
  })

  it('asks for a supervisor at another gate, though not for who leaves', () => {
    const elsewhere = anAttempt({ home_gate: 'south' })
    expect(decide(header, elsewhere, []).outcome).toBe('ask')
    expect(decide(header, { ...elsewhere, force: true }, [])).toMatchObject({
      outcome: 'admitted',
      forced: false,
    })
    expect(decide(header, { ...elsewhere, direction: 'out' }, [aPassage()]).outcome).toBe('admitted')
    expect(decide(header, anAttempt({ home_gate: 'north' }), []).outcome).toBe('admitted')
    const nowhere = aHeader({ device: { ...header.device, gate_id: null } })
    expect(decide(nowhere, elsewhere, []).outcome).toBe('admitted')
  })

  it('goes by a list of the device alone, and asks which where there are several', () => {
    expect(() => rulesOf(header)).toThrow('Say by which list')
    expect(() => rulesOf(header, 'another')).toThrow('not a list of this device')
  })
})
