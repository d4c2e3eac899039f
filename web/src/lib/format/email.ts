import type { Fault } from '$lib/api/problem'

/** What is wrong with an address at first sight, if anything. */
export function emailFault(field: string, text: string): Fault[] {
  if (/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(text.trim())) return []
  return [{ field, message: 'Enter an e-mail address, such as name@example.com.' }]
}
