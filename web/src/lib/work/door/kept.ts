/** What the door keeps beside its scans and roster: as what device it is paired, and how it is set. */
import { deleteDB, openDB, type DBSchema, type IDBPDatabase } from 'idb'
import type { Direction, PairedDevice } from '$lib/door/types'

/** How whoever holds the device has set it. */
export interface Choices {
  list_id?: string
  direction: Direction
  muted: boolean
  /** Whether the camera rests when nothing is shown to it for a while. */
  saving: boolean
  camera_id?: string
}

export const FIRST_CHOICES: Choices = { direction: 'in', muted: false, saving: true }

interface Facts {
  pairing: PairedDevice
  choices: Choices
}

interface Schema extends DBSchema {
  facts: { key: keyof Facts; value: Facts[keyof Facts] }
}

export type Kept = IDBPDatabase<Schema>

/** Opens what is kept. Throws where the browser keeps nothing. */
export function openKept(): Promise<Kept> {
  return openDB<Schema>('admit.door', 1, { upgrade: (db) => void db.createObjectStore('facts') })
}

export async function keptPairing(kept: Kept): Promise<PairedDevice | undefined> {
  return (await kept.get('facts', 'pairing')) as PairedDevice | undefined
}

export async function keptChoices(kept: Kept): Promise<Choices> {
  return { ...FIRST_CHOICES, ...((await kept.get('facts', 'choices')) as Choices | undefined) }
}

export async function keep<Name extends keyof Facts>(
  kept: Kept,
  name: Name,
  value: Facts[Name],
): Promise<void> {
  await kept.put('facts', value, name)
}

export async function forgetPairing(kept: Kept): Promise<void> {
  await kept.delete('facts', 'pairing')
}

/** Deletes the roster and the scans of a pairing. */
export async function forgetScansOf(deviceId: string): Promise<void> {
  await deleteDB(`admit.door.${deviceId}`)
}
