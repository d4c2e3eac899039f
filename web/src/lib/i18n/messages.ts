/** The areas of the messages and the ids in them, as the English catalogs have them. */
import type account from '../messages/account/en.json'
import type checkout from '../messages/checkout/en.json'
import type common from '../messages/common/en.json'
import type event from '../messages/event/en.json'
import type order from '../messages/order/en.json'
import type problem from '../messages/problem/en.json'
import type seats from '../messages/seats/en.json'
import type ticket from '../messages/ticket/en.json'

interface Catalogs {
  account: typeof account
  checkout: typeof checkout
  common: typeof common
  event: typeof event
  order: typeof order
  problem: typeof problem
  seats: typeof seats
  ticket: typeof ticket
}

export type Area = keyof Catalogs
export type MessageId = { [area in Area]: keyof Catalogs[area] }[Area]
