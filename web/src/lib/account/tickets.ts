import { asProblem } from '$lib/api/problem'
import type { EventBrief, HandResult, MyTicket } from '$lib/api/types'

export interface EventGroup {
  event: EventBrief
  tickets: MyTicket[]
}

/** Tickets by event, in the order in which they came. */
export function byEvent(tickets: readonly MyTicket[]): EventGroup[] {
  const groups = new Map<string, EventGroup>()
  for (const ticket of tickets) {
    const group = groups.get(ticket.event.id)
    if (group) group.tickets.push(ticket)
    else groups.set(ticket.event.id, { event: ticket.event, tickets: [ticket] })
  }
  return [...groups.values()]
}

/** The tickets that somebody controls and another person attends with, of events that are not over. */
export function withOthers(owned: readonly MyTicket[], email: string): MyTicket[] {
  return owned.filter(({ holder, scope }) => holder && scope !== 'past' && !same(holder.email, email))
}

/** Whether a ticket can be offered to somebody now. */
export function canPassOn(ticket: MyTicket): boolean {
  return ticket.status === 'valid' && !ticket.transfer
}

/** Whether somebody is to be named, or changed, by who has it: its holder speaks for himself on the ticket's page. */
export function canName(ticket: MyTicket, email: string): boolean {
  return canPassOn(ticket) && !(ticket.holder && same(ticket.holder.email, email))
}

/** Why a ticket was refused what others were granted. */
export function refusal({ code, reason }: HandResult) {
  return asProblem({ code, detail: reason }, 409)
}

/** Throws the first refusal among the results, if any. */
export function requireAll(results: readonly HandResult[]): void {
  const refused = results.find(({ result }) => result === 'refused')
  if (refused) throw refusal(refused)
}

function same(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase()
}
