import { pageLocale } from '$lib/format/locale'

interface Option {
  code: string
  name: string
}

/** All time zones, with the one that is chosen, should the browser not know it. */
export function timeZones(chosen: string): Option[] {
  const known = Intl.supportedValuesOf('timeZone')
  return [...new Set([chosen, ...known, 'UTC'])]
    .filter(Boolean)
    .sort()
    .map((code) => ({ code, name: code.replaceAll('_', ' ') }))
}

/** All currencies, in the order of their codes. */
export function currencies(chosen: string): Option[] {
  const names = new Intl.DisplayNames(pageLocale(), { type: 'currency' })
  return [...new Set([chosen, ...Intl.supportedValuesOf('currency')])]
    .filter(Boolean)
    .sort()
    .map((code) => ({ code, name: `${code} · ${names.of(code) ?? code}` }))
}

export function zoneHere(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone
}
