import { describe, expect, it } from 'vitest'
import { aMyTicket } from '$lib/fixtures'
import { byEvent, canName, canPassOn, requireAll, withOthers } from './tickets'

const holder = (email: string) => ({ name: 'Somebody', email })
const event = (id: string) => ({ ...aMyTicket().event, id })
const transfer = { code: 'c', to: 'ola@example.com', until: '2100-01-01T00:00:00Z' }

it('shows tickets by event, in the order of the list', () => {
  const tickets = [
    aMyTicket({ id: 'a', event: event('fair') }),
    aMyTicket({ id: 'b', event: event('gala') }),
    aMyTicket({ id: 'c', event: event('fair') }),
  ]
  expect(byEvent(tickets).map((group) => group.tickets.map(({ id }) => id))).toEqual([['a', 'c'], ['b']])
})

it('lists those with others once: not what the reader holds, what nobody does, or what is over', () => {
  const owned = [
    aMyTicket({ id: 'mine', holder: holder('Kari@example.com') }),
    aMyTicket({ id: 'free' }),
    aMyTicket({ id: 'over', holder: holder('ola@example.com'), scope: 'past' }),
    aMyTicket({ id: 'given', holder: holder('ola@example.com') }),
  ]
  expect(withOthers(owned, 'kari@example.com').map(({ id }) => id)).toEqual(['given'])
})

describe('what is offered to do with a ticket', () => {
  it('is to pass it on, unless it is offered already or does not admit', () => {
    expect(canPassOn(aMyTicket())).toBe(true)
    expect(canPassOn(aMyTicket({ transfer }))).toBe(false)
    expect(canPassOn(aMyTicket({ status: 'suspended' }))).toBe(false)
  })

  it('is to name somebody, unless the reader is it himself', () => {
    expect(canName(aMyTicket(), 'kari@example.com')).toBe(true)
    expect(canName(aMyTicket({ holder: holder('ola@example.com') }), 'kari@example.com')).toBe(true)
    expect(canName(aMyTicket({ holder: holder('kari@example.com') }), 'Kari@example.com')).toBe(false)
  })
})

it('throws the first refusal of many results', () => {
  const done = { ticket_id: 'a', result: 'accepted' }
  const refused = { ticket_id: 'b', result: 'refused', code: 'unheard_of', reason: 'Not open any more.' }
  expect(() => requireAll([done])).not.toThrow()
  expect(() => requireAll([done, refused])).toThrow('Not open any more.')
})
