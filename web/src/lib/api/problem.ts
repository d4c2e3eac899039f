import { t } from '$lib/i18n/index.svelte'
import type { MessageId } from '$lib/i18n/messages'

/** One field that was refused, named by its path in the body: `lines[0].quantity`, `buyer.email`. */
export interface Fault {
  field: string
  /** For the reader; of an answer as it came, the server's sentence. */
  message: string
  /** Its kind, by which we have words of our own, and the bound that was missed. */
  code?: string
  limit?: number | null
}

/** An answer that is not the one asked for. `code` is stable; `message` is a sentence for the reader. */
export class Problem extends Error {
  override readonly name = 'Problem'

  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly faults: readonly Fault[] = [],
    /** Ids of the seats that somebody else has. */
    readonly seats: readonly string[] = [],
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
  if (isProblemBody(error)) {
    return new Problem(status, error.code, inWords(error), error.errors?.map(saidHere), error.seats)
  }
  if (status === 0) return new Problem(0, 'offline', t('common.unreachable'))
  return new Problem(status, 'unexpected', t('common.unexpected'))
}

interface ProblemBody {
  code: string
  detail: string
  errors?: Fault[]
  seats?: string[]
}

/**
 * Our own words for a code; the server's sentence where there are none, or none are learned yet. Some words end
 * with that sentence, which alone names what is in the way.
 */
function inWords({ code, detail }: ProblemBody): string {
  return wordsOr(detail, `problem.${code}`, { detail })
}

/** Says a fault by its code; by the server's sentence where that has no words, or none are learned yet. */
export function faultInWords({ code, limit, message }: Fault): string {
  return wordsOr(message, `problem.fault.${code}`, { limit: limit ?? 0 })
}

/** A fault whose message is said when it is read, so that it follows the language and what is learned. */
function saidHere(fault: Fault): Fault {
  return {
    field: fault.field,
    get message() {
      return faultInWords(fault)
    },
  }
}

function wordsOr(sentence: string, id: string, values: Record<string, string | number>): string {
  const words = t(id as MessageId, values)
  return words === id ? sentence : words
}

function isProblemBody(body: unknown): body is ProblemBody {
  return typeof body === 'object' && body !== null && 'code' in body && 'detail' in body
}
