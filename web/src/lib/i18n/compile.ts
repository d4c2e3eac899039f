/** A step of the build: the ICU messages in `messages/` become what @lingui/core reads without a parser. */
import { compileMessage } from '@lingui/message-utils/compileMessage'
import type { Plugin } from 'vite'

const CATALOG = /\/src\/lib\/messages\/[a-z]+\/[a-z]+\.json$/

/** Compiles the text of one catalog, a JSON object of ids and messages. Throws on a message that is not ICU. */
export function compiled(catalog: string): string {
  const messages = Object.entries(JSON.parse(catalog) as Record<string, string>)
  return JSON.stringify(Object.fromEntries(messages.map(([id, message]) => [id, compileMessage(message)])))
}

export function compileMessages(): Plugin {
  return {
    name: 'compile-messages',
    enforce: 'pre',
    transform: (code, id) => (CATALOG.test(id) ? { code: compiled(code), map: null } : undefined),
  }
}
