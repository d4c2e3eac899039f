import { t } from '$lib/i18n/index.svelte'

/** One field that was refused, named by its path in the body: `lines[0].quantity`, `buyer.email`. */
export interface Fault {
  field: string
  message: string
}

/** An answer that is not the one asked for. `code` is stable; `message` is a sentence for the reader. */
export class Problem extends Error {
  override readonly name = 'Problem'

  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly faults: readonly Fault[] = [],
  ) {
    super(message)
  }

  /** What was said about one field, if anything. */
  fault(field: string): string | undefined {
    return this.faults.find((fault) => fault.field === field)?.message
  }
}

/** Reads any error as a Problem: problem+json bodies, foreign bodies, and requests that never arrived. */
export function asProblem(error: unknown, status = 0): Problem {
  if (error instanceof Problem) return error
  if (isProblemBody(error)) return new Problem(status, error.code, error.detail, error.errors ?? [])
  if (status === 0) {
    return new Problem(0, 'offline', t('common.unreachable'))
  }
  return new Problem(status, 'unexpected', t('common.unexpected'))
}

function isProblemBody(body: unknown): body is { code: string; detail: string; errors?: Fault[] } {
  return typeof body === 'object' && body !== null && 'code' in body && 'detail' in body
}
