/** The languages of the pages, which are those of the mails; the first is spoken to whoever reads none of them. */
export const LANGUAGES = ['en', 'de', 'fr', 'nb', 'ar'] as const
export type Language = (typeof LANGUAGES)[number]

const SAME: Record<string, Language> = { no: 'nb', nn: 'nb' }
// What English is written like where nobody says otherwise.
const HOME: Partial<Record<Language, string>> = { en: 'en-GB' }

export function direction(language: Language): 'ltr' | 'rtl' {
  return language === 'ar' ? 'rtl' : 'ltr'
}

/** Our language for a BCP 47 tag: "de" for "de-AT"; nothing for one that the pages don't speak. */
export function known(tag: string): Language | undefined {
  const base = tag.split('-')[0]?.toLowerCase() ?? ''
  return SAME[base] ?? LANGUAGES.find((language) => language === base)
}

/** The first of a reader's languages that the pages speak. */
export function spoken(preferred: readonly string[]): Language {
  return preferred.map(known).find((language) => language !== undefined) ?? LANGUAGES[0]
}

/** The reader's own variant of a language, for dates and amounts: "de-AT" for "de". */
export function variant(language: Language, preferred: readonly string[]): string {
  return preferred.find((tag) => known(tag) === language) ?? HOME[language] ?? language
}

/** Each language as code and name, named in itself. */
export function languageNames(): { code: Language; name: string }[] {
  return LANGUAGES.map((code) => ({
    code,
    name: new Intl.DisplayNames(code, { type: 'language' }).of(code) ?? code,
  }))
}
