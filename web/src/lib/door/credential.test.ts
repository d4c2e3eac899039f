// @vitest-environment node
import { describe, expect, it, vi } from 'vitest'
import { hex } from './bytes'
import { readCredential, verifierOf } from './credential'
import { vectors } from './fixtures'
import { recordKey } from './roster'

const { event, readings } = vectors

async function readAll() {
  const verify = await verifierOf(event.public_key)
  return Promise.all(
    readings.map(async ({ text }) => {
      const read = await readCredential(text, event.id, verify)
      if (typeof read === 'string') return { text, refused: read }
      const { ticket_id, revision } = read
      return { text, ticket_id, revision, key: hex(await recordKey(read.raw)) }
    }),
  )
}

describe('a credential', () => {
  it('is read, refused and looked up as by the server', async () => {
    expect(await readAll()).toEqual(readings)
  })

  it('is verified the same where the browser has no Ed25519', async () => {
    vi.spyOn(crypto.subtle, 'importKey').mockRejectedValue(new DOMException('no', 'NotSupportedError'))
    expect(await readAll()).toEqual(readings)
  })
})
