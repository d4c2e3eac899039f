import type { components } from './schema'

type Schemas = components['schemas']

export type EventPage = Schemas['EventPage']
export type Holder = Schemas['Holder']
export type LineRequest = Schemas['LineRequest']
export type Money = Schemas['Money']
export type Order = Schemas['OrderView']
export type OrderStatus = Schemas['OrderStatus']
export type PaymentMethod = Schemas['PaymentMethod']
export type PlaceRequest = Schemas['PlaceRequest']
export type PlacedOrder = Schemas['PlacedOrder']
export type Price = Schemas['PriceView']
export type Quote = Schemas['Quote']
export type Ticket = Schemas['TicketView']
export type TicketPage = Schemas['TicketPage']
export type Tier = Schemas['TierView']
