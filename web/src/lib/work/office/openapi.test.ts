import { describe, expect, it } from 'vitest'
import {
  areaOf,
  areasOf,
  fieldsOf,
  found,
  limitsOf,
  partsOf,
  readApi,
  resolved,
  typeOf,
  type Document,
} from './openapi'

const api: Document = {
  paths: {
    '/organizer/{organizer_id}/api-keys': {
      post: {
        operationId: 'make_api_key_organizer__organizer_id__api_keys_post',
        responses: { '201': { content: {} } },
      },
    },
    '/public/orders/{order_id}': { get: { operationId: 'x', responses: {} } },
  },
  webhooks: { 'order.placed': { post: { responses: {} } } },
  components: {
    schemas: {
      Money: {
        type: 'object',
        title: 'Money',
        properties: { amount: { type: 'integer', minimum: 0 }, currency: { type: 'string' } },
        required: ['amount'],
      },
      Alias: { $ref: '#/components/schemas/Money' },
      Loop: { type: 'object', properties: { again: { $ref: '#/components/schemas/Loop' } } },
    },
  },
}
const money = { $ref: '#/components/schemas/Money' }

describe('the description of the API', () => {
  it('puts routes where their paths begin', () => {
    expect(areaOf('/organizer/{organizer_id}/events/{event_id}/orders/{order_id}')).toBe(
      'organizer / events / orders',
    )
    expect(areaOf('/organizer/{organizer_id}/api-keys/{key_id}')).toBe('organizer / api-keys')
    expect(areaOf('/organizer/{organizer_id}')).toBe('organizer')
    expect(areaOf('/public/orders/{order_id}')).toBe('public')
  })

  it('titles a route by what it does, and puts what webhooks are told at the end', () => {
    const areas = areasOf(api)
    expect(areas.map(({ name }) => name)).toEqual(['organizer / api-keys', 'public', 'told by webhooks'])
    expect(areas[0]?.operations[0]).toMatchObject({ method: 'POST', title: 'Make api key' })
    expect(areas[2]?.operations[0]).toMatchObject({ method: '', path: 'order.placed' })
  })

  it('finds by all words, wherever they stand', () => {
    expect(found(areasOf(api), 'post KEY').map(({ name }) => name)).toEqual(['organizer / api-keys'])
    expect(found(areasOf(api), 'get keys')).toEqual([])
    expect(found(areasOf(api), ' ')).toHaveLength(3)
  })

  it('says what a value is as programmers write it', () => {
    expect(typeOf({ anyOf: [money, { type: 'null' }] })).toBe('Money | null')
    expect(typeOf({ type: 'array', items: { enum: ['a', 'b'] } })).toBe('("a" | "b")[]')
    expect(typeOf({ type: 'object', additionalProperties: money })).toBe('{ [name]: Money }')
    expect(limitsOf({ minimum: 0, default: '' })).toEqual(['≥ 0', 'default ""'])
  })

  it('opens what stands inside a value, and no endless one by itself', () => {
    expect(partsOf(api, { anyOf: [{ type: 'array', items: money }, { type: 'null' }] })).toMatchObject([
      { name: 'Money' },
    ])
    expect(resolved(api, { $ref: '#/components/schemas/Alias' }).title).toBe('Money')
    const [loop] = partsOf(api, { $ref: '#/components/schemas/Loop' })
    expect(fieldsOf(loop?.schema ?? {})).toMatchObject([{ name: 'again', required: false }])
  })

  it('reads the whole description that the pages are built with', async () => {
    const whole = await readApi()
    const areas = areasOf(whole)
    const operations = areas.flatMap((area) => area.operations)
    expect(operations.find(({ id }) => id === 'post /organizer/{organizer_id}/api-keys')?.title).toBe(
      'Make api key',
    )
    expect(new Set(operations.map(({ id }) => id)).size).toBe(operations.length)
    expect(new Set(areas.map(({ name }) => name)).size).toBe(areas.length)
    expect(areas.at(-1)?.operations.map(({ path }) => path)).toContain('ticket.admitted')
  })
})
