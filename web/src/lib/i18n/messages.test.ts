import { readdirSync, readFileSync } from 'node:fs'
import { compileMessage } from '@lingui/message-utils/compileMessage'
import { describe, expect, it } from 'vitest'
import { LANGUAGES } from './languages'

type Catalog = Record<string, string>
type Token = string | [name: string, kind?: string, options?: Record<string, unknown>]

const FOLDER = 'src/lib/messages'
const AREAS = readdirSync(FOLDER)

const catalog = (area: string, language: string) =>
  JSON.parse(readFileSync(`${FOLDER}/${area}/${language}.json`, 'utf8')) as Catalog

/** What a message puts in, and of what it counts: `count:plural name`. */
function placeholders(tokens: readonly Token[]): Set<string> {
  const found = new Set<string>()
  for (const token of tokens) {
    if (typeof token === 'string') continue
    const [name, kind, options] = token
    found.add(kind ? `${name}:${kind}` : name)
    for (const option of Object.values(options ?? {})) {
      if (Array.isArray(option)) placeholders(option as Token[]).forEach((inner) => found.add(inner))
    }
  }
  return found
}

const said = (message: string) => [...placeholders(compileMessage(message) as Token[])].sort()

describe.each(AREAS)('what the pages say of %s', (area) => {
  const english = catalog(area, 'en')

  it.each(LANGUAGES)('is all there in %s, with the same placeholders', (language) => {
    const messages = catalog(area, language)
    expect(Object.keys(messages).sort()).toEqual(Object.keys(english).sort())
    for (const [id, message] of Object.entries(messages)) {
      expect(message.trim(), id).not.toBe('')
      expect(said(message), id).toEqual(said(english[id] ?? ''))
    }
  })

  it.each(LANGUAGES)('has every plural that %s needs', (language) => {
    const needed = new Intl.PluralRules(language).resolvedOptions().pluralCategories
    for (const [id, message] of Object.entries(catalog(area, language))) {
      for (const token of compileMessage(message) as Token[]) {
        if (typeof token === 'string' || token[1] !== 'plural') continue
        expect(Object.keys(token[2] ?? {}), id).toEqual(expect.arrayContaining(needed))
      }
    }
  })
})

it('names each message once', () => {
  const ids = AREAS.flatMap((area) => Object.keys(catalog(area, 'en')))
  expect(ids.filter((id, at) => ids.indexOf(id) !== at)).toEqual([])
})

it('says nothing that no page asks for', () => {
  const sources = readdirSync('src', { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.(svelte|ts)$/.test(file) && !file.endsWith('.test.ts'))
    .map((file) => readFileSync(`src/${file}`, 'utf8'))
    .join('\n')
  const unused = AREAS.flatMap((area) => Object.keys(catalog(area, 'en'))).filter(
    (id) => !sources.includes(`'${id}'`) && !sources.includes(`\`${id.slice(0, id.lastIndexOf('.') + 1)}\${`),
  )
  expect(unused).toEqual([])
})
