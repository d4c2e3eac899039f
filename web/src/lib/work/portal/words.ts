import { asProblem } from '$lib/api/problem'
import { locale, t } from '$lib/i18n/index.svelte'
import type { EventDashboard } from './api'
import { numberOf, type Standing } from './states'

/** A ticket as people find it: by its seat, or by its number. */
export function ticketName(ticket: Pick<Standing, 'id' | 'seat'>): string {
  return ticket.seat ?? t('portal.ticketNumber', { number: numberOf(ticket) })
}

/** Tickets one after another, the first few of them. */
export function ticketNames(tickets: readonly Pick<Standing, 'id' | 'seat'>[], most = 5): string {
  const named = tickets.slice(0, most).map(ticketName)
  const rest = tickets.length - named.length
  return listed(rest > 0 ? [...named, t('portal.andMore', { count: rest })] : named)
}

export function listed(words: readonly string[]): string {
  return new Intl.ListFormat(locale(), { type: 'unit' }).format(words)
}

/** The titles of events by id. */
export function titlesOf(dashboards: readonly EventDashboard[] | undefined): ReadonlyMap<string, string> {
  return new Map(dashboards?.map(({ event }) => [event.id, event.title]))
}

/** Who somebody is: his name, and his address where he has none. */
export function personName({ name, email }: { name?: string | null; email?: string | null }): string {
  return name || email || t('portal.somebody')
}

export function contactName({
  first_name,
  last_name,
  email,
}: {
  first_name: string
  last_name: string
  email: string
}): string {
  return `${first_name} ${last_name}`.trim() || email
}

/** Why something was refused: our own words for a code, the server's sentence where there are none. */
export function reasonOf({ code, reason }: { code?: string | null; reason?: string | null }): string {
  return asProblem({ code: code ?? '', detail: reason ?? '' }).message
}

const FAULTS = ['cancelled', 'suspended', 'used'] as const

/** Why a ticket of a cart can't be distributed as it is. */
export function faultName(fault: string): string {
  const known = FAULTS.find((one) => one === fault)
  return known ? t(`portal.fault.${known}`) : t('portal.cantGo')
}
