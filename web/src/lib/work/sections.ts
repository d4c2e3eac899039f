import BadgeCheck from '@lucide/svelte/icons/badge-check'
import Banknote from '@lucide/svelte/icons/banknote'
import Braces from '@lucide/svelte/icons/braces'
import Building from '@lucide/svelte/icons/building-2'
import CalendarDays from '@lucide/svelte/icons/calendar-days'
import ChartColumn from '@lucide/svelte/icons/chart-column'
import DoorOpen from '@lucide/svelte/icons/door-open'
import History from '@lucide/svelte/icons/history'
import KeyRound from '@lucide/svelte/icons/key-round'
import Link from '@lucide/svelte/icons/link'
import Package from '@lucide/svelte/icons/package'
import ReceiptText from '@lucide/svelte/icons/receipt-text'
import Settings from '@lucide/svelte/icons/settings'
import ShoppingCart from '@lucide/svelte/icons/shopping-cart'
import SlidersHorizontal from '@lucide/svelte/icons/sliders-horizontal'
import Ticket from '@lucide/svelte/icons/ticket'
import Users from '@lucide/svelte/icons/users'
import Webhook from '@lucide/svelte/icons/webhook'
import type { Component } from 'svelte'
import type { MessageId } from '$lib/i18n/messages'
import { may, type Act, type Role } from './account'

/** A part of a workplace, below the address of its organizer, event or company. */
export interface Section {
  path: string
  words: MessageId
  icon?: Component
  /** What one has to be allowed to do to be shown it. */
  act?: Act
  parts?: readonly Section[]
}

export const organizerSections: readonly Section[] = [
  { path: '', words: 'work.section.events', icon: CalendarDays },
  { path: 'companies', words: 'work.section.companies', icon: Building, act: 'manage' },
  { path: 'bank', words: 'work.section.bank', icon: Banknote, act: 'money' },
  { path: 'team', words: 'work.section.team', icon: Users, act: 'own' },
  { path: 'keys', words: 'work.section.keys', icon: KeyRound, act: 'own' },
  { path: 'webhooks', words: 'work.section.webhooks', icon: Webhook, act: 'manage' },
  { path: 'api', words: 'work.section.api', icon: Braces },
  { path: 'log', words: 'work.section.log', icon: History, act: 'manage' },
  { path: 'account', words: 'work.section.account', icon: Settings, act: 'manage' },
]

export const setupSections: readonly Section[] = [
  { path: 'setup/checklist', words: 'work.section.checklist' },
  { path: 'setup/event', words: 'work.section.event' },
  { path: 'setup/categories', words: 'work.section.categories' },
  { path: 'setup/tiers', words: 'work.section.tiers' },
  { path: 'setup/discounts', words: 'work.section.discounts' },
  { path: 'setup/questions', words: 'work.section.questions' },
  { path: 'setup/seating', words: 'work.section.seating' },
  { path: 'setup/badges', words: 'work.section.badges' },
  { path: 'setup/texts', words: 'work.section.texts' },
  { path: 'setup/organizations', words: 'work.section.organizations' },
]

export const reportSections: readonly Section[] = [
  { path: 'reports/sales', words: 'work.section.sales', act: 'money' },
  { path: 'reports/arrivals', words: 'work.section.arrivals' },
  { path: 'reports/cash', words: 'work.section.cash', act: 'money' },
]

export const eventSections: readonly Section[] = [
  { path: 'orders', words: 'work.section.orders', icon: ReceiptText, act: 'orders' },
  { path: 'people', words: 'work.section.people', icon: BadgeCheck, act: 'manage' },
  { path: 'doors', words: 'work.section.doors', icon: DoorOpen, act: 'doors' },
  { path: 'reports', words: 'work.section.reports', icon: ChartColumn, parts: reportSections },
  {
    path: 'setup',
    words: 'work.section.setup',
    icon: SlidersHorizontal,
    act: 'manage',
    parts: setupSections,
  },
]

export const companySections: readonly Section[] = [
  { path: 'tickets', words: 'work.section.tickets', icon: Ticket },
  { path: 'cart', words: 'work.section.cart', icon: ShoppingCart },
  { path: 'contacts', words: 'work.section.contacts', icon: Users },
  { path: 'allotments', words: 'work.section.allotments', icon: Package },
  { path: 'links', words: 'work.section.links', icon: Link },
  { path: 'relays', words: 'work.section.relays', icon: BadgeCheck },
  { path: 'log', words: 'work.section.log', icon: History },
]

/** What who has this role is shown of sections; who has none in an account acts for a company, and is shown all. */
export function sectionsFor(sections: readonly Section[], role?: Role): readonly Section[] {
  return sections
    .filter(({ act }) => !act || !role || may(role, act))
    .map((section) => (section.parts ? { ...section, parts: sectionsFor(section.parts, role) } : section))
}
