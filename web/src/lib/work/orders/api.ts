/** The organizer's calls about the orders of one event. Each answers its data or throws a Problem. */
import { asProblem } from '$lib/api/problem'
import type { components } from '$lib/api/schema'
import type { HolderDetails } from '$lib/api/types'
import { ask, every, type Work } from '../api'
import type { Wanted } from './wanted'

type Schemas = components['schemas']

export type ActionName = Schemas['ActionName']
export type ActionView = Schemas['ActionView']
export type Allotment = Schemas['AllotmentView']
export type Attention = Schemas['Attention']
export type BulkRequest = Schemas['BulkRequest']
export type Effect = Schemas['Effect']
export type EventView = Schemas['CatalogView']
export type ExportFormat = Schemas['ExportFormat']
export type ExportView = Schemas['OrderExportView']
export type ImportRequest = Schemas['ImportRequest']
export type Need = Schemas['Need']
export type Order = Schemas['OrderView']
export type OrderRow = Schemas['OrderRow']
export type OrganizerTier = Schemas['OrganizerTierView']
export type Organization = Pick<Schemas['OrganizationView'], 'company_id' | 'name'>
export type PlaceOrder = Schemas['OrganizerPlaceRequest']
export type Preview = Schemas['ActionPreview']
export type SavedView = Schemas['SavedViewView']
export type Summary = Schemas['Summary']

/** What an action is told, by the fields of its body and of its address. */
export type Said = Record<string, unknown>

export type OrdersApi = ReturnType<typeof ordersApi>

/** As many orders as one act is done to. */
export const MOST_AT_ONCE = 500

const E = '/organizer/{organizer_id}/events/{event_id}'
const ONE = `${E}/orders/{order_id}` as const

export function ordersApi(work: Work, organizer_id: string, event_id: string) {
  const path = { organizer_id, event_id }
  const of = (order_id: string) => ({ ...path, order_id })
  const sent = (order_id: string, key: string) => ({ path: of(order_id), header: { 'idempotency-key': key } })

  const list = (wanted: Wanted, cursor?: string, limit = 50) =>
    ask(work.GET(`${E}/orders`, { params: { path, query: { ...wanted, limit, cursor } } }))

  return {
    list,

    /** The row of an order, as far as the list knows it. */
    row: async (order: Pick<Order, 'id' | 'code'>): Promise<OrderRow | undefined> =>
      (await list({ q: order.code }, undefined, 10)).items.find(({ id }) => id === order.id),

    summary: () => ask(work.GET(`${E}/summary`, { params: { path } })),

    order: (order_id: string) => ask(work.GET(ONE, { params: { path: of(order_id) } })),

    actions: async (order_id: string) =>
      (await ask(work.GET(`${ONE}/actions`, { params: { path: of(order_id) } }))).items,

    preview: (order_id: string, name: ActionName, body: Said, key: string) =>
      ask(
        work.POST(`${ONE}/actions/{name}/preview`, {
          params: { path: { ...of(order_id), name }, header: { 'idempotency-key': key } },
          body,
        }),
      ),

    /** Does an action, and answers the order as it is then. `key` tells a repetition from another one. */
    act: async (order_id: string, name: ActionName, said: Said, key: string): Promise<Order> => {
      const params = sent(order_id, key)
      switch (name) {
        case 'refund':
          return (await ask(work.POST(`${ONE}/refund`, { params, body: said }))).order
        case 'confirm_refund': {
          const { sequence, ...body } = said as { sequence: number }
          const at = { params: { path: { ...of(order_id), sequence } }, body }
          return ask(work.POST(`${ONE}/refunds/{sequence}/confirm`, at))
        }
        case 'dismiss': {
          const { reason, ...body } = said as { reason: Attention }
          const at = { params: { path: { ...of(order_id), reason } }, body }
          return ask(work.POST(`${ONE}/attention/{reason}/dismiss`, at))
        }
        case 'note':
          return ask(work.POST(`${ONE}/notes`, { params, body: said as { text: string } }))
        case 'release':
          return ask(work.POST(`${ONE}/release`, { params: { path: of(order_id) } }))
        case 'settle':
        case 'resend':
          return ask(work.POST(`${ONE}/${name}`, { params, body: said }))
        default:
          return ask(work.POST(`${ONE}/${name}`, { params: { path: of(order_id) }, body: said }))
      }
    },

    assign: (order_id: string, number: number, body: HolderDetails) =>
      ask(
        work.PUT(`${ONE}/tickets/{number}/holder`, { params: { path: { ...of(order_id), number } }, body }),
      ),

    takeBack: (order_id: string, number: number) =>
      ask(work.DELETE(`${ONE}/tickets/{number}/holder`, { params: { path: { ...of(order_id), number } } })),

    bulk: (body: BulkRequest, key: string) =>
      ask(work.POST(`${E}/orders/bulk`, { params: { path, header: { 'idempotency-key': key } }, body })),

    bulkJob: (job_id: string, cursor?: string) =>
      ask(
        work.GET(`${E}/orders/bulk/{job_id}`, {
          params: { path: { ...path, job_id }, query: { limit: 100, cursor } },
        }),
      ),

    place: (body: PlaceOrder, key: string) =>
      ask(work.POST(`${E}/orders`, { params: { path, header: { 'idempotency-key': key } }, body })),

    organizations: (): Promise<Organization[]> =>
      every((cursor) => ask(work.GET(`${E}/organizations`, { params: { path, query: { cursor } } }))),

    allotments: async () => (await ask(work.GET(`${E}/allotments`, { params: { path } }))).items,

    /** Byte by byte: the file begins with a mark of its encoding, which spreadsheets need. */
    csv: (wanted: Wanted) =>
      ask(work.GET(`${E}/orders/export`, { params: { path, query: wanted }, parseAs: 'blob' })),

    beginExport: (format: ExportFormat, wanted: Wanted, key: string) =>
      ask(
        work.POST(`${E}/orders/exports`, {
          params: { path, header: { 'idempotency-key': key } },
          body: { ...wanted, format },
        }),
      ),

    exportJob: (job_id: string) =>
      ask(work.GET(`${E}/orders/exports/{job_id}`, { params: { path: { ...path, job_id } } })),

    /** Fetches a file from where it lies; no token is sent there. */
    file: async (url: string): Promise<Blob> => {
      try {
        const response = await fetch(url, { credentials: 'omit' })
        if (!response.ok) throw asProblem(undefined, response.status)
        return await response.blob()
      } catch (error) {
        throw asProblem(error)
      }
    },

    beginImport: (body: ImportRequest, key: string) =>
      ask(work.POST(`${E}/imports`, { params: { path, header: { 'idempotency-key': key } }, body })),

    importJob: (job_id: string, cursor?: string) =>
      ask(
        work.GET(`${E}/imports/{job_id}`, {
          params: { path: { ...path, job_id }, query: { limit: 50, cursor } },
        }),
      ),

    views: async () =>
      (
        await ask(
          work.GET('/organizer/{organizer_id}/views', {
            params: { path: { organizer_id }, query: { event: event_id } },
          }),
        )
      ).items,

    addView: (view: Pick<SavedView, 'label' | 'query' | 'shared'>, key: string) =>
      ask(
        work.POST('/organizer/{organizer_id}/views', {
          params: { path: { organizer_id }, header: { 'idempotency-key': key } },
          body: { ...view, event_id },
        }),
      ),

    removeView: (view_id: string) =>
      ask(
        work.DELETE('/organizer/{organizer_id}/views/{view_id}', {
          params: { path: { organizer_id, view_id } },
        }),
      ),
  }
}
