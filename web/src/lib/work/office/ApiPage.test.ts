import { fireEvent, render, screen } from '@testing-library/svelte'
import { expect, it, vi } from 'vitest'
import ApiPage from './ApiPage.svelte'
import type { Document } from './openapi'

const money = { $ref: '#/components/schemas/Money' }
const api: Document = {
  paths: {
    '/organizer/{organizer_id}/bank-lines': {
      get: {
        operationId: 'list_bank_lines_organizer__organizer_id__bank_lines_get',
        security: [{ api_key: [] }],
        parameters: [{ name: 'limit', in: 'query', schema: { type: 'integer', maximum: 100 } }],
        responses: { '200': { content: { 'application/json': { schema: money } } } },
      },
    },
    '/public/events/{slug}': { get: { operationId: 'x', responses: {} } },
  },
  components: {
    schemas: {
      Money: { type: 'object', properties: { currency: { type: 'string' } }, required: ['currency'] },
    },
  },
}

it('shows routes by area, and of one that is opened what it takes and answers', async () => {
  render(ApiPage, { address: 'https://api.example', organizer: 'o1', read: () => Promise.resolve(api) })
  const areas = await screen.findAllByTestId('api-area')
  expect(areas.map((area) => area.dataset.area)).toEqual(['organizer / bank-lines', 'public'])
  expect(screen.queryByTestId('api-answer')).toBeNull()
  const operation = screen.getAllByTestId<HTMLDetailsElement>('api-operation')[0] as HTMLDetailsElement
  operation.open = true
  await fireEvent(operation, new Event('toggle'))
  const answer = await screen.findByTestId('api-answer')
  expect(answer.textContent).toContain('currency')
  expect(operation.textContent).toContain('≤ 100')
  expect(operation.textContent).toContain('API keys')
})

it('finds routes by words', async () => {
  render(ApiPage, { address: 'https://api.example', organizer: 'o1', read: () => Promise.resolve(api) })
  await screen.findAllByTestId('api-area')
  await fireEvent.input(screen.getByTestId('api-search'), { target: { value: 'get bank' } })
  await vi.waitFor(() => expect(screen.getByTestId('api-count').dataset.count).toBe('1'))
})
