/** The organizer's calls about what an event is and sells. Each answers its data or throws a Problem. */
import type { components } from '$lib/api/schema'
import { ask, every, newKey, type Work } from '../api'

type Schemas = components['schemas']

export type Audience = Schemas['Audience']
export type CancellationRule = NonNullable<EventSettings['cancellation_rules']>[number]
export type Category = Schemas['OrganizerCategoryView']
export type CategoryPatch = Schemas['CategoryPatch']
export type Checklist = Schemas['Checklist']
export type ChecklistItem = Schemas['ChecklistItem']
export type CopyRequest = Schemas['CopyRequest']
export type Discount = Schemas['DiscountView']
export type DiscountSettings = Schemas['DiscountSettings']
export type EventPatch = Schemas['EventPatch']
export type EventSettings = Schemas['EventSettings']
export type EventView = Schemas['CatalogView']
export type ListedEvent = Schemas['EventView']
export type Listed = Schemas['Listed']
export type Offer = Schemas['Offer']
export type PriceSettings = Schemas['PriceSettings']
export type Question = Schemas['OrganizerQuestionView']
export type QuestionPatch = Schemas['QuestionPatch']
export type QuestionSettings = Schemas['QuestionSettings']
export type Quota = Schemas['QuotaView']
export type Seller = Schemas['Seller']
export type Summary = Schemas['Summary']
export type Tier = Schemas['OrganizerTierView']
export type TierPatch = Schemas['TierPatch']
export type TierSettings = Schemas['TierSettings']

export interface Company {
  id: string
  name: string
}

export type EventsApi = ReturnType<typeof eventsApi>
export type SetupApi = ReturnType<typeof setupApi>

const O = '/organizer/{organizer_id}'
const E = '/organizer/{organizer_id}/events/{event_id}'

/** What concerns all events of an account. */
export function eventsApi(work: Work, organizer_id: string) {
  return {
    list: (cursor?: string) =>
      ask(work.GET(`${O}/events`, { params: { path: { organizer_id }, query: { limit: 100, cursor } } })),

    read: (event_id: string) => ask(work.GET(E, { params: { path: { organizer_id, event_id } } })),

    create: (body: EventSettings, key: string) =>
      ask(
        work.POST(`${O}/events`, {
          params: { path: { organizer_id }, header: { 'idempotency-key': key } },
          body,
        }),
      ),

    copy: (event_id: string, body: CopyRequest, key: string) =>
      ask(
        work.POST(`${E}/copy`, {
          params: { path: { organizer_id, event_id }, header: { 'idempotency-key': key } },
          body,
        }),
      ),
  }
}

/** What is set up of one event. */
export function setupApi(work: Work, organizer_id: string, event_id: string) {
  const at = { organizer_id, event_id }
  const params = { path: at }
  const once = (key = newKey()) => ({ path: at, header: { 'idempotency-key': key } })

  return {
    event: () => ask(work.GET(E, { params })),
    changeEvent: (body: EventPatch) => ask(work.PATCH(E, { params, body })),
    checklist: () => ask(work.GET(`${E}/checklist`, { params })),
    publish: () => ask(work.POST(`${E}/publish`, { params })),
    close: () => ask(work.POST(`${E}/close`, { params })),
    cancel: (body: Schemas['CancelEventRequest']) => ask(work.POST(`${E}/cancel`, { params, body })),
    copy: (body: CopyRequest, key: string) => ask(work.POST(`${E}/copy`, { params: once(key), body })),
    summary: () => ask(work.GET(`${E}/summary`, { params })),
    openUpload: (body: Schemas['UploadRequest']) => ask(work.POST(`${E}/uploads`, { params, body })),

    job: (job_id: string, cursor?: string) =>
      ask(work.GET(`${E}/imports/{job_id}`, { params: { path: { ...at, job_id }, query: { cursor } } })),

    addCategory: (body: Schemas['CategorySettings']) =>
      ask(work.POST(`${E}/categories`, { params: once(), body })),
    changeCategory: (category_id: string, body: CategoryPatch) =>
      ask(work.PATCH(`${E}/categories/{category_id}`, { params: { path: { ...at, category_id } }, body })),
    removeCategory: (category_id: string) =>
      ask(work.DELETE(`${E}/categories/{category_id}`, { params: { path: { ...at, category_id } } })),
    orderCategories: (categories: string[]) =>
      ask(work.POST(`${E}/categories/reorder`, { params, body: { categories } })),

    addTier: (body: TierSettings, key: string) => ask(work.POST(`${E}/tiers`, { params: once(key), body })),
    tier: (tier_id: string) =>
      ask(work.GET(`${E}/tiers/{tier_id}`, { params: { path: { ...at, tier_id } } })),
    changeTier: (tier_id: string, body: TierPatch) =>
      ask(work.PATCH(`${E}/tiers/{tier_id}`, { params: { path: { ...at, tier_id } }, body })),
    removeTier: (tier_id: string) =>
      ask(work.DELETE(`${E}/tiers/{tier_id}`, { params: { path: { ...at, tier_id } } })),
    orderTiers: (tiers: string[]) => ask(work.POST(`${E}/tiers/reorder`, { params, body: { tiers } })),

    whitelist: async (tier_id: string): Promise<Listed[]> =>
      (await ask(work.GET(`${E}/tiers/{tier_id}/whitelist`, { params: { path: { ...at, tier_id } } }))).users,
    changeWhitelist: async (
      tier_id: string,
      body: { add?: Listed[]; remove?: Listed[] },
      notify: boolean,
    ): Promise<Listed[]> =>
      (
        await ask(
          work.PUT(`${E}/tiers/{tier_id}/whitelist`, {
            params: { path: { ...at, tier_id }, query: { notify } },
            body,
          }),
        )
      ).users,

    quotas: async () => (await ask(work.GET(`${E}/quotas`, { params }))).items,
    addQuota: (body: { title: string; limit: number }) =>
      ask(work.POST(`${E}/quotas`, { params: once(), body })),
    changeQuota: (quota_id: string, body: { title?: string; limit?: number }) =>
      ask(work.PATCH(`${E}/quotas/{quota_id}`, { params: { path: { ...at, quota_id } }, body })),
    removeQuota: (quota_id: string) =>
      ask(work.DELETE(`${E}/quotas/{quota_id}`, { params: { path: { ...at, quota_id } } })),

    discounts: async () => (await ask(work.GET(`${E}/discounts`, { params }))).items,
    addDiscount: (body: DiscountSettings, key: string) =>
      ask(work.POST(`${E}/discounts`, { params: once(key), body })),
    changeDiscount: (discount_id: string, body: Schemas['DiscountPatch']) =>
      ask(work.PATCH(`${E}/discounts/{discount_id}`, { params: { path: { ...at, discount_id } }, body })),
    removeDiscount: (discount_id: string) =>
      ask(work.DELETE(`${E}/discounts/{discount_id}`, { params: { path: { ...at, discount_id } } })),

    questions: async () => (await ask(work.GET(`${E}/questions`, { params }))).items,
    addQuestion: (body: QuestionSettings, key: string) =>
      ask(work.POST(`${E}/questions`, { params: once(key), body })),
    changeQuestion: (question_id: string, body: QuestionPatch) =>
      ask(work.PATCH(`${E}/questions/{question_id}`, { params: { path: { ...at, question_id } }, body })),
    removeQuestion: (question_id: string) =>
      ask(work.DELETE(`${E}/questions/{question_id}`, { params: { path: { ...at, question_id } } })),
    orderQuestions: async (questions: string[]) =>
      (await ask(work.POST(`${E}/questions/reorder`, { params, body: { questions } }))).items,

    /** The account's companies, of which a price may be for some. */
    companies: (): Promise<Company[]> =>
      every((cursor) =>
        ask(
          work.GET(`${O}/companies`, { params: { path: { organizer_id }, query: { limit: 100, cursor } } }),
        ),
      ),
  }
}
