import { expect, it, vi } from 'vitest'
import { Problem } from '$lib/api/problem'
import type { OfficeApi } from './api'
import { suggested } from './suggested'

it('finds the orders that a line names in whichever event they are, and leaves out the rest', async () => {
  const order = vi.fn((event: string, id: string) => {
    if (event !== 'e2' || id !== 'o1') return Promise.reject(new Problem(404, 'not_found', 'No'))
    const total = { amount: 4900, currency: 'EUR' }
    return Promise.resolve({ id, code: 'AAAAA-BBBB', buyer: { name: 'Ada' }, total, invoice_number: 'F-7' })
  })
  const api = { order } as unknown as Pick<OfficeApi, 'order'>
  expect(await suggested(api, ['o1', 'o2'], [{ id: 'e1' }, { id: 'e2' }])).toEqual([
    {
      id: 'o1',
      code: 'AAAAA-BBBB',
      name: 'Ada',
      total: { amount: 4900, currency: 'EUR' },
      invoice_number: 'F-7',
    },
  ])
})
