const SHORTEST = 3
const LONGEST = 60
// Letters that do not fall apart into a Latin one and a mark.
const LETTERS: Record<string, string> = {
  ä: 'ae',
  ö: 'oe',
  ü: 'ue',
  ß: 'ss',
  æ: 'ae',
  ø: 'oe',
  å: 'aa',
  œ: 'oe',
  ł: 'l',
}

/** The end of an address, made of a title; empty where there is too little to make it of. */
export function slugOf(title: string): string {
  const slug = title
    .toLowerCase()
    .replace(/[äöüßæøåœł]/g, (letter) => LETTERS[letter] ?? letter)
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, LONGEST)
    .replace(/^-+|-+$/g, '')
  return slug.length < SHORTEST ? '' : slug
}
