// @vitest-environment node
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readCredential, verifierOf } from './credential'
import { Door } from './door'
import { anApi, emptyDisk } from './fixtures'
import type { RosterHeader } from './types'

/** A folder with a whole roster that the server's side has written; `tests/engine/test_roster_offline.py` does. */
const folder = process.env['ADMIT_ROSTER_DIR']

interface Asked {
  credential: string
  result: string
  reason: string | null
  name: string | null
  newer: boolean
}

describe.skipIf(!folder)('a roster of many tickets', () => {
  it('is opened and decided by', { timeout: 300_000 }, async () => {
    const read = (name: string) => readFile(join(folder ?? '', name))
    const header = JSON.parse((await read('header.json')).toString()) as RosterHeader
    const asked = JSON.parse((await read('asked.json')).toString()) as Asked[]
    emptyDisk()
    const door = await Door.open(
      'device-1',
      anApi({
        roster: () => Promise.resolve(header),
        file: async (path) => new Uint8Array(await read(path.replace(/.*\//, ''))),
      }),
    )
    const began = performance.now()
    await door.refresh()
    const opened = performance.now() - began
    const took: number[] = []
    for (const { credential, ...expected } of asked) {
      const before = performance.now()
      const { result, reason, person, newer } = await door.scan({ credential })
      took.push(performance.now() - before)
      expect({ result, reason: reason ?? null, name: person?.name ?? null, newer }).toEqual(expected)
    }
    const verify = await verifierOf(header.event.public_key)
    const bare: number[] = []
    for (const { credential } of asked) {
      const before = performance.now()
      await readCredential(credential, header.event.id, verify)
      bare.push(performance.now() - before)
    }
    const times = {
      scans: took.length,
      opened,
      decided: share(took, 0.5),
      ninety_ninth: share(took, 0.99),
      worst: share(took, 1),
      verified: share(bare, 0.5),
    }
    await writeFile(join(folder ?? '', 'times.json'), JSON.stringify(times))
  })
})

/** Answers the time that so large a share of some times is within, in milliseconds. */
function share(times: number[], part: number): number {
  times.sort((one, other) => one - other)
  return times[Math.floor(part * (times.length - 1))] ?? 0
}
