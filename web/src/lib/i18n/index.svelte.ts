/**
 * What the pages say, in the reader's language. One folder of `messages/` an area of the pages, one file in it a
 * language, in ICU MessageFormat. A page loads the areas that it needs before it is shown.
 */
import { setupI18n, type Messages } from '@lingui/core'
import { read, write } from '$lib/storage'
import { direction, known, spoken, variant, type Language } from './languages'
import type { Area, MessageId } from './messages'

type Values = Record<string, string | number>

const NAME = 'admit.language'
// Compiled by the build from the ICU messages that stand in these files.
const catalogs = import.meta.glob<Messages>('../messages/*/*.json', { import: 'default' })

const i18n = setupI18n()
const areas = new Set<Area>()
let current = $state.raw<{ language: Language; locale: string }>({ language: 'en', locale: 'en-GB' })

/** The language that is spoken now. */
export function language(): Language {
  return current.language
}

/** The locale that dates, amounts and names of countries are written for. */
export function locale(): string {
  return current.locale
}

/** Says a message. `values` fill its placeholders. */
export function t(id: MessageId, values?: Values): string {
  void current // a page that says something follows the language
  return i18n._(id, values)
}

/** The language that the reader has chosen here, or the first of his browser's that we speak. */
export function wanted(): Language {
  return known(read<string>(localStorage, NAME) ?? '') ?? spoken(navigator.languages)
}

/** Loads what these areas say, and speaks the wanted language from the first call on. */
export async function learn(...wishes: Area[]): Promise<void> {
  const next = areas.size === 0 ? wanted() : current.language
  const missing = areas.size === 0 ? wishes : wishes.filter((area) => !areas.has(area))
  if (missing.length > 0) await speak(next, missing)
}

/** Changes the language, for now and for the reader's next visits. */
export async function choose(next: Language): Promise<void> {
  await speak(next, [...areas])
  write(localStorage, NAME, next)
}

async function speak(next: Language, wishes: readonly Area[]): Promise<void> {
  const loaded = await Promise.all(wishes.map((area) => catalogOf(area, next)))
  i18n.load(next, Object.assign({}, ...loaded) as Messages)
  wishes.forEach((area) => areas.add(area))
  const tag = variant(next, navigator.languages)
  i18n.activate(next, tag)
  current = { language: next, locale: tag }
  document.documentElement.lang = tag
  document.documentElement.dir = direction(next)
}

async function catalogOf(area: Area, next: Language): Promise<Messages> {
  const load = catalogs[`../messages/${area}/${next}.json`]
  if (!load) throw new Error(`there are no messages ${area} in ${next}`)
  return load()
}
