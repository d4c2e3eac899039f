import { expect, it } from 'vitest'
import { aRow } from './fixtures'
import { fits, isEmpty, readAddress, writeAddress } from './wanted'

const read = (query: string) => readAddress(new URLSearchParams(query))

it('reads what an address says and writes the same', () => {
  const query =
    '?attention=dispute&status=fulfilled&payment_status=paid&method=card&source=public' +
    '&tier=t1&organization=c1&from=2026-01-01&to=2026-02-01&q=kari+nordmann&order=o1'
  const address = read(query)
  expect(address.order).toBe('o1')
  expect(address.wanted.q).toBe('kari nordmann')
  expect(writeAddress(address)).toBe(query)
})

it('passes over what is no filter', () => {
  const { wanted, order } = read('?status=lost&method=cash&attention=hunger&from=yesterday&q=%20&page=2')
  expect(wanted).toEqual({})
  expect(isEmpty(wanted)).toBe(true)
  expect(order).toBeUndefined()
})

it('writes the same filters alike, in whatever order they were chosen', () => {
  expect(writeAddress(read('?method=card&status=expired'))).toBe(
    writeAddress(read('?status=expired&method=card')),
  )
})

it('knows whether a row that has changed is still wanted', () => {
  const row = aRow({ status: 'settled', attention: ['dispute'], company_id: 'c1' })
  expect(fits(row, {})).toBe(true)
  expect(fits(row, { status: 'settled', attention: 'any', organization: 'c1', tier: 'tier' })).toBe(true)
  expect(fits(row, { status: 'expired' })).toBe(false)
  expect(fits(row, { attention: 'unassigned' })).toBe(false)
  expect(fits(aRow(), { attention: 'any' })).toBe(false)
  expect(fits(row, { tier: 'other' })).toBe(false)
})
