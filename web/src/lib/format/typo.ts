// Domains that many addresses have. Those that are one slip away from another one are real, too.
const DOMAINS = (
  'gmail.com googlemail.com hotmail.com hotmail.de hotmail.fr hotmail.no hotmail.co.uk outlook.com outlook.de ' +
  'outlook.fr live.com live.no yahoo.com yahoo.de yahoo.fr yahoo.no yahoo.co.uk ymail.com icloud.com me.com ' +
  'mac.com mail.com email.com gmx.de gmx.net gmx.at gmx.ch gmx.com web.de freenet.de t-online.de orange.fr free.fr ' +
  'laposte.net wanadoo.fr sfr.fr online.no proton.me protonmail.com aol.com msn.com'
).split(' ')
const SHORTEST = 6

/** The address that was probably meant, where a slip of the finger explains its domain: kari@gmail.com for gmial.com. */
export function probablyMeant(address: string): string | undefined {
  const [name, domain, ...rest] = address.trim().split('@')
  if (!name || !domain || rest.length > 0 || DOMAINS.includes(domain.toLowerCase())) return undefined
  const meant = DOMAINS.find((known) => known.length >= SHORTEST && isSlip(domain.toLowerCase(), known))
  return meant && `${name}@${meant}`
}

/** Whether one letter too many, too few or wrong, or two that changed places, make one word of the other. */
function isSlip(typed: string, meant: string): boolean {
  let at = 0
  while (at < typed.length && typed[at] === meant[at]) at++
  const ends = (skipped: number, left: number) => typed.slice(at + skipped) === meant.slice(at + left)
  const swapped = typed[at] === meant[at + 1] && typed[at + 1] === meant[at]
  return ends(1, 0) || ends(0, 1) || ends(1, 1) || (swapped && ends(2, 2))
}
