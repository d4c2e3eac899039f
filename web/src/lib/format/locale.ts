/** The reader's own variant of the language that the pages are written in, for dates and amounts. */
export function pageLocale(preferred: readonly string[] = navigator.languages): string {
  return preferred.find((tag) => tag === 'en' || tag.startsWith('en-')) ?? 'en-GB'
}
