import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { FACTS, factWords, standing } from './facts'

it('has words for every fact that there is', () => {
  const source = readFileSync('openapi.json', 'utf8')
  const { components } = JSON.parse(source) as { components: { schemas: { FactType: { enum: string[] } } } }
  expect(FACTS.map(({ type }) => type).sort()).toEqual([...components.schemas.FactType.enum].sort())
  expect(new Set(FACTS.map(({ words }) => words)).size).toBe(FACTS.length)
  expect(factWords('webhook.test')).toBe('office.fact.test')
})

it('says of a webhook that was given up that it is, whether it is wanted or not', () => {
  expect(standing({ active: true, state: 'disabled' })).toBe('disabled')
  expect(standing({ active: false, state: 'healthy' })).toBe('off')
  expect(standing({ active: true, state: 'failing' })).toBe('failing')
})
