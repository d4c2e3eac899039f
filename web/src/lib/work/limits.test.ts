import { expect, it, vi } from 'vitest'
import openapi from '../../../openapi.json'
import { createTypedClient } from '$lib/api/client'
import { badgesApi } from './badges/api'
import { ordersApi } from './orders/api'
import { peopleApi } from './people/api'
import { textsApi } from './texts/api'

interface Parameter {
  name: string
  schema: { maximum?: number }
}

const READS = Object.entries(openapi.paths as Record<string, { get?: { parameters?: Parameter[] } }>).flatMap(
  ([path, { get }]) =>
    get ? [{ address: new RegExp(`^${path.replace(/\{[^}]+\}/g, '[^/]+')}$`), most: mostOf(get) }] : [],
)

function mostOf({ parameters = [] }: { parameters?: Parameter[] }): number {
  return parameters.find(({ name }) => name === 'limit')?.schema.maximum ?? 0
}

it.each([
  ['orders', ordersApi],
  ['people', peopleApi],
  ['texts', textsApi],
  ['badges', badgesApi],
] as const)('asks for no more at once than the API gives: %s', async (_, apiOf) => {
  const asked: Request[] = []
  const answer = vi.fn<typeof fetch>(async (request) => {
    asked.push(request as Request)
    return Response.json({ items: [], cursor: null })
  })
  const api = apiOf(createTypedClient('https://api', answer), 'organizer', 'event')
  for (const call of Object.values(api) as ((...said: unknown[]) => Promise<unknown>)[]) {
    // What is done with the answer does not matter here, nor what sends something.
    await call({}, 'x', 'x').catch(() => undefined)
  }
  const limits = asked.flatMap(({ url, method }) => {
    const { pathname, searchParams } = new URL(url)
    const limit = searchParams.get('limit')
    const route = READS.find(({ address }) => address.test(pathname))
    return method === 'GET' && limit && route ? [{ pathname, limit: Number(limit), most: route.most }] : []
  })
  expect(asked.length).toBeGreaterThan(3)
  expect(limits.filter(({ limit, most }) => limit > most)).toEqual([])
})
