import type { CheckInList, DoorsApi, Gate, Zone } from './api'

/** The lists, gates and zones of an event, read together, since each names others. */
export class Places {
  lists = $state.raw<readonly CheckInList[]>([])
  gates = $state.raw<readonly Gate[]>([])
  zones = $state.raw<readonly Zone[]>([])

  constructor(private readonly api: DoorsApi) {}

  static async read(api: DoorsApi): Promise<Places> {
    const places = new Places(api)
    await places.load()
    return places
  }

  async load(): Promise<void> {
    const [lists, gates, zones] = await Promise.all([this.api.lists(), this.api.gates(), this.api.zones()])
    this.lists = lists
    this.gates = gates
    this.zones = zones
  }

  list(id: string): string {
    return this.lists.find((list) => list.id === id)?.title ?? id
  }

  gate(id: string | null): string | undefined {
    return this.gates.find((gate) => gate.id === id)?.title
  }

  zone(id: string): string {
    return this.zones.find((zone) => zone.id === id)?.title ?? id
  }
}
