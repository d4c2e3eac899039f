/** What a text field holds as the API takes it: nothing is null. */
export function given(text: string): string | null {
  return text.trim() || null
}

/** Several words of one field: each on a line of its own, or parted by commas. */
export function several(text: string): string[] {
  return text
    .split(/[\s,;]+/)
    .map((one) => one.trim().toLowerCase())
    .filter(Boolean)
}

/** Where the reader's clocks stand. */
export function ownZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone
}
