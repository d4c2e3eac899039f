import { expect, it } from 'vitest'
import { decoded, formatOf, readStatement } from './statement'

const asBytes = (...codes: number[]) => new Uint8Array(codes).buffer

it('tells CAMT from CSV by what it begins with', () => {
  expect(formatOf('\uFEFF<?xml version="1.0"?><Document/>')).toBe('camt')
  expect(formatOf(' <Document/>')).toBe('camt')
  expect(formatOf('Date;Amount;Text\n')).toBe('csv')
})

it('reads what a bank writes in an older alphabet', () => {
  expect(decoded(asBytes(0x4d, 0xfc, 0x6c, 0x6c, 0x65, 0x72))).toBe('Müller')
  expect(decoded(asBytes(0x4d, 0xc3, 0xbc))).toBe('Mü')
})

it('refuses a file that is too large to send', async () => {
  const file = { arrayBuffer: () => Promise.resolve(new Uint8Array(300_000).fill(0x61).buffer) } as Blob
  await expect(readStatement(file)).rejects.toMatchObject({ code: 'too_large' })
})
