import { expect, it, vi } from 'vitest'
import { createTypedClient } from '$lib/api/client'
import { ordersApi } from './api'

const apiThatAnswers = (answer: Response) =>
  ordersApi(createTypedClient('https://api', vi.fn<typeof fetch>().mockResolvedValue(answer)), 'org', 'event')

it('reads the file of orders byte by byte, with the mark of its encoding', async () => {
  const file = await apiThatAnswers(new Response(new Uint8Array([0xef, 0xbb, 0xbf, 0x61]))).csv({})
  expect([...new Uint8Array(await file.arrayBuffer())]).toEqual([0xef, 0xbb, 0xbf, 0x61])
})
