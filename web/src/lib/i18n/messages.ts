/** The areas of the messages and the ids in them, as the English catalogs have them. */
import type account from '../messages/account/en.json'
import type badges from '../messages/badges/en.json'
import type checkout from '../messages/checkout/en.json'
import type common from '../messages/common/en.json'
import type door from '../messages/door/en.json'
import type doors from '../messages/doors/en.json'
import type event from '../messages/event/en.json'
import type office from '../messages/office/en.json'
import type order from '../messages/order/en.json'
import type orders from '../messages/orders/en.json'
import type people from '../messages/people/en.json'
import type portal from '../messages/portal/en.json'
import type problem from '../messages/problem/en.json'
import type reports from '../messages/reports/en.json'
import type seating from '../messages/seating/en.json'
import type seats from '../messages/seats/en.json'
import type setup from '../messages/setup/en.json'
import type texts from '../messages/texts/en.json'
import type ticket from '../messages/ticket/en.json'
import type work from '../messages/work/en.json'

interface Catalogs {
  account: typeof account
  badges: typeof badges
  checkout: typeof checkout
  common: typeof common
  door: typeof door
  doors: typeof doors
  event: typeof event
  office: typeof office
  order: typeof order
  orders: typeof orders
  people: typeof people
  portal: typeof portal
  problem: typeof problem
  reports: typeof reports
  seating: typeof seating
  seats: typeof seats
  setup: typeof setup
  texts: typeof texts
  ticket: typeof ticket
  work: typeof work
}

export type Area = keyof Catalogs
export type MessageId = { [area in Area]: keyof Catalogs[area] }[Area]
