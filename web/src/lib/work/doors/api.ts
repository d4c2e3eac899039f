/** The organizer's calls about the doors of one event. Each answers its data or throws a Problem. */
import type { components } from '$lib/api/schema'
import { ask, newKey, type Work } from '../api'

type Schemas = components['schemas']

export type Admission = Schemas['AdmissionView']
export type CheckInList = Schemas['CheckInListView']
export type CheckInListSettings = Schemas['CheckInListSettings']
export type DeviceRow = Schemas['DeviceRow']
export type DeviceSettings = Schemas['DeviceSettings']
export type DoorInsight = Schemas['DoorInsight']
export type EventView = Schemas['CatalogView']
export type Gate = Schemas['GateView']
export type Outcome = Schemas['Outcome']
export type Section = Schemas['SectionSummary']
export type UnpairedDevice = Schemas['UnpairedDevice']
export type Zone = Schemas['EventZoneView']

/** What a gate and a zone are called, and how many it has room for. */
export interface PlaceSettings {
  title: string
  capacity: number | null
}

export type DoorsApi = ReturnType<typeof doorsApi>

const E = '/organizer/{organizer_id}/events/{event_id}'

export function doorsApi(work: Work, organizer_id: string, event_id: string) {
  const at = { organizer_id, event_id }
  const once = () => ({ path: at, header: { 'idempotency-key': newKey() } })

  return {
    lists: async () => (await ask(work.GET(`${E}/check-in-lists`, { params: { path: at } }))).items,

    addList: (body: CheckInListSettings) => ask(work.POST(`${E}/check-in-lists`, { params: once(), body })),

    changeList: (list_id: string, body: CheckInListSettings) =>
      ask(work.PATCH(`${E}/check-in-lists/{list_id}`, { params: { path: { ...at, list_id } }, body })),

    removeList: (list_id: string) =>
      ask(work.DELETE(`${E}/check-in-lists/{list_id}`, { params: { path: { ...at, list_id } } })),

    gates: async () => (await ask(work.GET(`${E}/gates`, { params: { path: at } }))).items,

    addGate: (body: PlaceSettings) => ask(work.POST(`${E}/gates`, { params: once(), body })),

    changeGate: (gate_id: string, body: PlaceSettings) =>
      ask(work.PATCH(`${E}/gates/{gate_id}`, { params: { path: { ...at, gate_id } }, body })),

    removeGate: (gate_id: string) =>
      ask(work.DELETE(`${E}/gates/{gate_id}`, { params: { path: { ...at, gate_id } } })),

    zones: async () => (await ask(work.GET(`${E}/zones`, { params: { path: at } }))).items,

    addZone: (body: PlaceSettings) => ask(work.POST(`${E}/zones`, { params: once(), body })),

    changeZone: (zone_id: string, body: Partial<PlaceSettings>) =>
      ask(work.PATCH(`${E}/zones/{zone_id}`, { params: { path: { ...at, zone_id } }, body })),

    removeZone: (zone_id: string) =>
      ask(work.DELETE(`${E}/zones/{zone_id}`, { params: { path: { ...at, zone_id } } })),

    devices: (cursor?: string) =>
      ask(work.GET(`${E}/devices`, { params: { path: at, query: { limit: 50, cursor } } })),

    addDevice: (body: DeviceSettings) => ask(work.POST(`${E}/devices`, { params: { path: at }, body })),

    changeDevice: (device_id: string, body: DeviceSettings) =>
      ask(work.PATCH(`${E}/devices/{device_id}`, { params: { path: { ...at, device_id } }, body })),

    /** Gives a device another pairing code; the key that it has stops. */
    pairAnew: (device_id: string) =>
      ask(work.POST(`${E}/devices/{device_id}/pairing`, { params: { path: { ...at, device_id } } })),

    revoke: (device_id: string) =>
      ask(work.DELETE(`${E}/devices/{device_id}`, { params: { path: { ...at, device_id } } })),

    /** Says whether a device has taken up its pairing code. */
    isPaired: async (device_id: string): Promise<boolean> => {
      let cursor: string | undefined
      do {
        const query = { limit: 100, cursor }
        const page = await ask(work.GET(`${E}/devices`, { params: { path: at, query } }))
        const row = page.items.find(({ id }) => id === device_id)
        if (row) return row.paired_at !== null
        cursor = page.cursor ?? undefined
      } while (cursor)
      return false
    },

    arrivals: () => ask(work.GET(`${E}/door`, { params: { path: at } })),

    admissions: (wanted: { outcome?: Outcome; gate_id?: string }, cursor?: string) =>
      ask(work.GET(`${E}/admissions`, { params: { path: at, query: { ...wanted, limit: 50, cursor } } })),

    note: (ticket_id: string, body: { attention: boolean; note: string }) =>
      ask(work.PATCH(`${E}/tickets/{ticket_id}/note`, { params: { path: { ...at, ticket_id } }, body })),

    /** The sections of the seating plan; none where nobody has a seat. */
    sections: async (): Promise<Section[]> =>
      (await ask(work.GET(`${E}/seating`, { params: { path: at } }))).sections,
  }
}
