import { locale } from '$lib/i18n/index.svelte'

/** The reader's own variant of the language that the pages speak to him, for dates and amounts. */
export const pageLocale = locale

/** The language that the reader prefers, for his payment page and invoice: `{ language: 'de-DE' }`. */
export function preferredLanguage(preferred: readonly string[] = [locale(), ...navigator.languages]): {
  language?: string
} {
  const language = preferred.find((tag) => /^[a-z]{2,3}(-[A-Z]{2})?$/.test(tag))
  return language ? { language } : {}
}
