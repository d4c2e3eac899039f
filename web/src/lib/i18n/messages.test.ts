import { readdirSync, readFileSync } from 'node:fs'
import { parse, type Token } from '@messageformat/parser'
import { describe, expect, it } from 'vitest'
import { LANGUAGES } from './languages'

type Catalog = Record<string, string>

const FOLDER = 'src/lib/messages'
const AREAS = readdirSync(FOLDER)

const catalog = (area: string, language: string) =>
  JSON.parse(readFileSync(`${FOLDER}/${area}/${language}.json`, 'utf8')) as Catalog

/** What a message puts in, and by what it chooses: `name`, `count plural`. */
function placeholders(tokens: readonly Token[]): string[] {
  return tokens.flatMap((token) => {
    if (token.type === 'content' || token.type === 'octothorpe') return []
    if (!('cases' in token)) return [token.arg]
    return [`${token.arg} ${token.type}`, ...token.cases.flatMap((one) => placeholders(one.tokens))]
  })
}

const said = (message: string) => [...new Set(placeholders(parse(message)))].sort()

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
      for (const token of parse(message)) {
        if (token.type !== 'plural') continue
        expect(
          token.cases.map(({ key }) => key),
          id,
        ).toEqual(expect.arrayContaining(needed))
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
