import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { kindWords, KINDS, outcomeTone, outcomeWords, OUTCOMES } from './log-words'

it('has words for everything that the log tells of', () => {
  const source = readFileSync('../layers/common/admit/insight/account_log.py', 'utf8')
  const told = [...source.matchAll(/^ {4}"(\w+)": _of\(/gm)].map(([, kind]) => kind)
  expect([...KINDS].sort()).toEqual(told.sort())
  const words = KINDS.map((kind) => kindWords({ what: `${kind}.changed` }))
  expect(new Set(words).size).toBe(KINDS.length)
  expect(OUTCOMES.every((one) => outcomeWords({ what: `event.${one}` }) !== '')).toBe(true)
})

it('shows by its code what it does not know', () => {
  expect(kindWords({ what: 'moon.changed' })).toBe('moon.changed')
  expect(outcomeWords({ what: 'tier.eclipsed' })).toBe('')
  expect(outcomeTone({ what: 'tier.removed' })).toBe('bad')
  expect(outcomeTone({ what: 'tier.toString' })).toBe('plain')
})
