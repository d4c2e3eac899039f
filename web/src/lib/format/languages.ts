// The languages that mails are written in.
const LANGUAGES = ['en', 'de', 'fr', 'nb']

/** These languages as code and name, each named in itself. */
export function languages(): { code: string; name: string }[] {
  return LANGUAGES.map((code) => ({
    code,
    name: new Intl.DisplayNames(code, { type: 'language' }).of(code) ?? code,
  }))
}
