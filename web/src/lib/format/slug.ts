/** The slug in what somebody typed as an event's address: a slug, a path or a whole address. */
export function slugIn(text: string): string | undefined {
  const path = text.trim().toLowerCase().split(/[?#]/)[0] ?? ''
  const last = path.replace(/\/+$/, '').split('/').at(-1) ?? ''
  return /^[a-z0-9][a-z0-9-]*[a-z0-9]$/.test(last) ? last : undefined
}
