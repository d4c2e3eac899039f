import { asProblem, Problem } from '$lib/api/problem'
import { t } from '$lib/i18n/index.svelte'
import type { StatementRequest } from './api'

/** What a request may be, with room for how the text is written in it. */
const MOST_BYTES = 240_000

/** What a file of a bank is, by what it begins with. */
export function formatOf(content: string): StatementRequest['format'] {
  return /^\uFEFF?\s*</.test(content) ? 'camt' : 'csv'
}

/** Reads a file as text: some banks write theirs as Latin-1 still. Throws a Problem for one that is too large to send. */
export async function readStatement(file: Blob): Promise<string> {
  try {
    const bytes = await file.arrayBuffer()
    const content = decoded(bytes)
    if (new TextEncoder().encode(JSON.stringify(content)).length > MOST_BYTES) {
      throw new Problem(0, 'too_large', t('office.fileTooLarge'))
    }
    return content
  } catch (error) {
    throw error instanceof Problem ? error : asProblem(error)
  }
}

export function decoded(bytes: ArrayBuffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return new TextDecoder('windows-1252').decode(bytes)
  }
}
