/**
 * What the pages say, in the reader's language. One folder of `messages/` an area of the pages, one file in it a
 * language, in ICU MessageFormat. A page loads the areas that it needs before it is shown.
 */
import { catalogs } from '$lib/i18n/catalogs'
import { read, write } from '$lib/storage'
import type { Messages } from './catalogs.all'
import { direction, known, spoken, variant, type Language } from './languages'
import type { Area, MessageId } from './messages'

type Values = Record<string, string | number>

const NAME = 'admit.language'

let said: Messages = {}
let areas: readonly Area[] = []
/** The language that is spoken, or will be as soon as its words are there. */
let next: Language | undefined
let current = $state.raw<{ language: Language; locale: string }>({ language: 'en', locale: 'en-GB' })

/** The language that is spoken now. */
export function language(): Language {
  return current.language
}

/** The locale that dates, amounts and names of countries are written for. */
export function locale(): string {
  return current.locale
}

/** Says a message. `values` fill its placeholders. Before anything was learned it is its id that is said. */
export function t(id: MessageId, values: Values = {}): string {
  void current // a page that says something follows the language
  return said[id]?.(values) ?? id
}

/** The language that the reader has chosen here, or the first of his browser's that we speak. */
export function wanted(): Language {
  return known(read<string>('local', NAME) ?? '') ?? spoken(navigator.languages)
}

/** Loads what these areas say, and speaks the wanted language from the first call on. */
export async function learn(...wishes: Area[]): Promise<void> {
  next ??= wanted()
  if (wishes.some((area) => !areas.includes(area))) await speak(next, wishes)
}

/** Changes the language, for now and for the reader's next visits. */
export async function choose(language: Language): Promise<void> {
  next = language
  try {
    await speak(language)
    write('local', NAME, next)
  } catch (error) {
    next = current.language
    throw error
  }
}

/** Speaks a language in all areas; if another was chosen while its words were on their way, that one. */
async function speak(language: Language, wishes: readonly Area[] = []): Promise<void> {
  const all = [...areas, ...wishes]
  const loaded = await Promise.all(all.map((area) => catalogOf(area, language)))
  if (next && next !== language) return speak(next, wishes)
  said = Object.assign({}, current.language === language && said, ...loaded) as Messages
  areas = [...areas, ...all.filter((area) => !areas.includes(area))]
  const tag = variant(language, navigator.languages)
  current = { language, locale: tag }
  document.documentElement.lang = tag
  document.documentElement.dir = direction(language)
}

async function catalogOf(area: Area, language: Language): Promise<Messages> {
  const load = catalogs[`../messages/${area}/${language}.json`]
  if (!load) throw new Error(`there are no messages ${area} in ${language}`)
  return load()
}
