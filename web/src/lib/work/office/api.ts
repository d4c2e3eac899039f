/** The calls about an organizer's account. Each answers its data or throws a Problem. */
import type { components } from '$lib/api/schema'
import { ask, every, type Work } from '../api'
import type { Role } from '../account'

type Schemas = components['schemas']

export type Account = Schemas['OrganizerView']
export type AccountPatch = Schemas['AccountPatch']
export type ApiKey = Schemas['ApiKeyView']
export type ApiKeySettings = Schemas['ApiKeySettings']
export type BankLine = Schemas['BankLineView']
export type BillTo = Schemas['BillTo']
export type Company = Schemas['CompanyView']
export type CompanyPatch = Schemas['CompanyPatch']
export type CompanySettings = Schemas['CompanySettings']
export type Contact = Schemas['Contact']
export type Delivery = Schemas['DeliveryView']
export type DeliveryState = Schemas['DeliveryState']
export type DeliveryWithPayload = Schemas['DeliveryWithPayload']
export type EventView = Schemas['EventView']
export type LineState = Schemas['LineState']
export type LogLine = Schemas['LogLine']
export type Member = Schemas['MemberView']
export type NewApiKey = Schemas['NewApiKey']
export type OrderRow = Schemas['OrderRow']
export type Relay = Schemas['RelayView']
export type StatementRequest = Schemas['StatementRequest']
export type TakeBack = Schemas['TakeBack']
export type Webhook = Schemas['WebhookView']
export type WebhookPatch = Schemas['WebhookPatch']
export type WebhookSettings = Schemas['WebhookSettings']
export type WebhookWithSecret = Schemas['WebhookWithSecret']

export type OfficeApi = ReturnType<typeof officeApi>

const O = '/organizer/{organizer_id}'
const PAGE = 50

export function officeApi(work: Work, organizer_id: string) {
  const at = { organizer_id }
  const once = (key: string) => ({ path: at, header: { 'idempotency-key': key } })

  return {
    account: () => ask(work.GET(O, { params: { path: at } })),

    changeAccount: (body: AccountPatch) => ask(work.PATCH(O, { params: { path: at }, body })),

    /** All events of the account, for a choice of some. */
    events: (): Promise<EventView[]> =>
      every((cursor) =>
        ask(work.GET(`${O}/events`, { params: { path: at, query: { limit: 100, cursor } } })),
      ),

    members: async (): Promise<Member[]> =>
      (await ask(work.GET(`${O}/members`, { params: { path: at } }))).items,

    nameMember: (email: string, body: { role: Role; name: string | null }) =>
      ask(work.PUT(`${O}/members/{email}`, { params: { path: { ...at, email } }, body })),

    removeMember: (email: string) =>
      ask(work.DELETE(`${O}/members/{email}`, { params: { path: { ...at, email } } })),

    keys: (cursor?: string) =>
      ask(work.GET(`${O}/api-keys`, { params: { path: at, query: { limit: PAGE, cursor } } })),

    makeKey: (body: ApiKeySettings) => ask(work.POST(`${O}/api-keys`, { params: { path: at }, body })),

    revokeKey: (key_id: string) =>
      ask(work.DELETE(`${O}/api-keys/{key_id}`, { params: { path: { ...at, key_id } } })),

    webhooks: async (): Promise<Webhook[]> =>
      (await ask(work.GET(`${O}/webhooks`, { params: { path: at } }))).items,

    webhook: (webhook_id: string) =>
      ask(work.GET(`${O}/webhooks/{webhook_id}`, { params: { path: { ...at, webhook_id } } })),

    addWebhook: (key: string, body: WebhookSettings) =>
      ask(work.POST(`${O}/webhooks`, { params: once(key), body })),

    changeWebhook: (webhook_id: string, body: WebhookPatch) =>
      ask(work.PATCH(`${O}/webhooks/{webhook_id}`, { params: { path: { ...at, webhook_id } }, body })),

    removeWebhook: (webhook_id: string) =>
      ask(work.DELETE(`${O}/webhooks/{webhook_id}`, { params: { path: { ...at, webhook_id } } })),

    /** Signs by a new secret as well; the one before goes on for some hours. */
    rollSecret: (webhook_id: string, hours: number) =>
      ask(
        work.POST(`${O}/webhooks/{webhook_id}/secrets`, {
          params: { path: { ...at, webhook_id } },
          body: { hours },
        }),
      ),

    test: (webhook_id: string) =>
      ask(work.POST(`${O}/webhooks/{webhook_id}/test`, { params: { path: { ...at, webhook_id } } })),

    deliveries: (webhook_id: string, state?: DeliveryState, cursor?: string) =>
      ask(
        work.GET(`${O}/webhooks/{webhook_id}/deliveries`, {
          params: { path: { ...at, webhook_id }, query: { state, limit: PAGE, cursor } },
        }),
      ),

    delivery: (webhook_id: string, delivery_id: string) =>
      ask(
        work.GET(`${O}/webhooks/{webhook_id}/deliveries/{delivery_id}`, {
          params: { path: { ...at, webhook_id, delivery_id } },
        }),
      ),

    replay: (webhook_id: string, delivery_id: string) =>
      ask(
        work.POST(`${O}/webhooks/{webhook_id}/deliveries/{delivery_id}/replay`, {
          params: { path: { ...at, webhook_id, delivery_id } },
        }),
      ),

    /** Has sent again what was not taken since a moment. */
    replaySince: (webhook_id: string, since: string) =>
      ask(
        work.POST(`${O}/webhooks/{webhook_id}/replay`, {
          params: { path: { ...at, webhook_id } },
          body: { since },
        }),
      ),

    companies: (archived: boolean, cursor?: string) =>
      ask(work.GET(`${O}/companies`, { params: { path: at, query: { archived, limit: PAGE, cursor } } })),

    company: (company_id: string) =>
      ask(work.GET(`${O}/companies/{company_id}`, { params: { path: { ...at, company_id } } })),

    addCompany: (key: string, body: CompanySettings) =>
      ask(work.POST(`${O}/companies`, { params: once(key), body })),

    changeCompany: (company_id: string, body: CompanyPatch) =>
      ask(work.PATCH(`${O}/companies/{company_id}`, { params: { path: { ...at, company_id } }, body })),

    relays: async (company_id: string): Promise<Relay[]> =>
      (await ask(work.GET(`${O}/companies/{company_id}/relays`, { params: { path: { ...at, company_id } } })))
        .items,

    nameRelay: (company_id: string, email: string, body: { name: string; primary?: boolean }) =>
      ask(
        work.PUT(`${O}/companies/{company_id}/relays/{email}`, {
          params: { path: { ...at, company_id, email } },
          body,
        }),
      ),

    removeRelay: (company_id: string, email: string) =>
      ask(
        work.DELETE(`${O}/companies/{company_id}/relays/{email}`, {
          params: { path: { ...at, company_id, email } },
        }),
      ),

    log: (event: string | undefined, cursor?: string) =>
      ask(work.GET(`${O}/log`, { params: { path: at, query: { event, limit: PAGE, cursor } } })),

    bankLines: (state: LineState, cursor?: string) =>
      ask(work.GET(`${O}/bank-lines`, { params: { path: at, query: { state, limit: PAGE, cursor } } })),

    matchLine: (line_id: string, order_id: string) =>
      ask(
        work.POST(`${O}/bank-lines/{line_id}/match`, {
          params: { path: { ...at, line_id } },
          body: { order_id },
        }),
      ),

    ignoreLine: (line_id: string) =>
      ask(work.POST(`${O}/bank-lines/{line_id}/ignore`, { params: { path: { ...at, line_id } } })),

    sendStatement: (key: string, body: StatementRequest) =>
      ask(work.POST(`${O}/bank-statements`, { params: once(key), body })),

    statement: (job_id: string, cursor?: string) =>
      ask(
        work.GET(`${O}/bank-statements/{job_id}`, {
          params: { path: { ...at, job_id }, query: { limit: PAGE, cursor } },
        }),
      ),

    findOrders: async (event_id: string, q: string): Promise<OrderRow[]> =>
      (
        await ask(
          work.GET(`${O}/events/{event_id}/orders`, {
            params: { path: { ...at, event_id }, query: { q, limit: 20 } },
          }),
        )
      ).items,

    order: (event_id: string, order_id: string) =>
      ask(
        work.GET(`${O}/events/{event_id}/orders/{order_id}`, {
          params: { path: { ...at, event_id, order_id } },
        }),
      ),
  }
}
