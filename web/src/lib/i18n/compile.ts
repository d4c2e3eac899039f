/** A step of the build: the ICU messages in `messages/` become functions, so that no parser is shipped. */
import { readFile } from 'node:fs/promises'
import MessageFormat from '@messageformat/core'
import compileModule from '@messageformat/core/lib/compile-module.js'
import type { Plugin } from 'vite'

const ASKED = '?messages'
const COMPILED = /^(.*\/([a-z]+))\.messages\.js$/

/** Compiles the text of one catalog, a JSON object of ids and messages. Throws on a message that is not ICU. */
export function compiled(catalog: string, language: string): string {
  return compileModule(new MessageFormat(language), JSON.parse(catalog) as Record<string, string>)
}

/** Lets `import('./de.json?messages')` answer the messages of that file as functions. */
export function compileMessages(): Plugin {
  return {
    name: 'compile-messages',
    enforce: 'pre',
    async resolveId(source, importer) {
      if (!source.endsWith(ASKED)) return undefined
      const found = await this.resolve(source.slice(0, -ASKED.length), importer, { skipSelf: true })
      return found?.id.replace(/\.json$/, '.messages.js')
    },
    async load(id) {
      const [, path, language] = COMPILED.exec(id) ?? []
      if (!path || !language) return undefined
      this.addWatchFile(`${path}.json`)
      return compiled(await readFile(`${path}.json`, 'utf8'), language)
    },
  }
}
