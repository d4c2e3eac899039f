/** A file with a plan: which of the formats that are read it has. */
import type { PlanImport } from './api'

export function formatOf(name: string, content: string): PlanImport['format'] {
  if (!/^\s*[[{]/.test(content) || /\.csv$/i.test(name)) return 'csv'
  try {
    const plan: unknown = JSON.parse(content)
    // Zones of pretix hold rows; ours have sections for that.
    return typeof plan === 'object' && plan !== null && 'zones' in plan && !('sections' in plan)
      ? 'pretix'
      : 'admit'
  } catch {
    return 'admit'
  }
}

/** A file to begin with, in the columns that are read. */
export const EXAMPLE = `section,row,seat,category,kind,companion_of,restricted
Stalls,A,1,Standard,accessible,,
Stalls,A,2,Standard,companion,1,
Stalls,A,3,Standard,,,
Stalls,B,1,Standard,,,
Stalls,B,2,Standard,,,pillar
Balcony,A,1,Premium,,,
`
