/**
 * The credential in the QR code, read and verified without a network.
 *
 * 76 bytes, big-endian: 4 bits version, 12 bits revision, 8 bytes order id, 2 bytes ticket number, and the Ed25519
 * signature (RFC 8032) of those 12 bytes. As text it is base45 (RFC 9285), 114 characters.
 */
import { bytesOf, fromHex, sha256, type Bytes } from './bytes'

export interface Credential {
  raw: Bytes
  ticket_id: string
  revision: number
}

export type Verify = (signature: Bytes, content: Bytes) => Promise<boolean>

const CHARACTERS = 114
const CONTENT = 12
const VERSION = 1
const BASE45 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:'
const BASE32 = '0123456789abcdefghjkmnpqrstvwxyz'
const ORDER_CHARACTERS = 13

/** Answers what verifies with an event's public key (hex): the browser itself, or a library where it can't. */
export async function verifierOf(publicKey: string): Promise<Verify> {
  const raw = fromHex(publicKey)
  try {
    const key = await crypto.subtle.importKey('raw', raw, 'Ed25519', false, ['verify'])
    return (signature, content) => crypto.subtle.verify('Ed25519', key, signature, content)
  } catch {
    const { verifyAsync } = await import('@noble/ed25519')
    return (signature, content) => verifyAsync(signature, content, raw, { zip215: false })
  }
}

/** Reads and verifies a scanned text, or says why it is no ticket of the event. */
export async function readCredential(
  text: string,
  eventId: string,
  verify: Verify,
): Promise<Credential | 'invalid' | 'wrong_event'> {
  const raw = fromBase45(text)
  if (!raw) return 'invalid'
  const view = new DataView(raw.buffer)
  const head = view.getUint16(0)
  if (head >> 12 !== VERSION) return 'invalid'
  const tag = await sha256(bytesOf(`event\x1f${eventId}`))
  if (raw[2] !== tag[0] || raw[3] !== tag[1]) return 'wrong_event'
  if (!(await verify(raw.slice(CONTENT), raw.slice(0, CONTENT)))) return 'invalid'
  const orderId = base32(view.getBigUint64(2))
  return { raw, ticket_id: `${orderId}-${view.getUint16(10)}`, revision: head & 0xfff }
}

/** Reads exactly what a credential is written as: three characters a pair of bytes, lowest digit first. */
export function fromBase45(text: string): Bytes | undefined {
  if (text.length !== CHARACTERS) return undefined
  const raw = new Uint8Array((CHARACTERS / 3) * 2)
  for (let at = 0; at < CHARACTERS; at += 3) {
    const [lowest, middle, high] = [0, 1, 2].map((place) => BASE45.indexOf(text.charAt(at + place)))
    if (lowest === undefined || middle === undefined || high === undefined) return undefined
    if (lowest < 0 || middle < 0 || high < 0) return undefined
    const pair = lowest + 45 * middle + 45 * 45 * high
    if (pair > 0xffff) return undefined
    raw[(at / 3) * 2] = pair >> 8
    raw[(at / 3) * 2 + 1] = pair & 0xff
  }
  return raw
}

function base32(number: bigint): string {
  return Array.from({ length: ORDER_CHARACTERS }, (_, at) =>
    BASE32.charAt(Number((number >> BigInt(5 * (ORDER_CHARACTERS - 1 - at))) & 31n)),
  ).join('')
}
