/** The reader's own variant of the language that the pages are written in, for dates and amounts. */
export function pageLocale(preferred: readonly string[] = navigator.languages): string {
  return preferred.find((tag) => tag === 'en' || tag.startsWith('en-')) ?? 'en-GB'
}

/** The language that the reader prefers, for his payment page and invoice: `{ language: 'de-DE' }`. */
export function preferredLanguage(preferred: readonly string[] = navigator.languages): {
  language?: string
} {
  const language = preferred.find((tag) => /^[a-z]{2,3}(-[A-Z]{2})?$/.test(tag))
  return language ? { language } : {}
}
