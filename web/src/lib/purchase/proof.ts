import { read, write } from '$lib/storage'

/** An address that its owner has proven to an event by the link in his mail. */
export interface Proof {
  email: string
  proof: string
}

const name = (slug: string) => `admit.proof.${slug}`

/** The proof of this tab: from the fragment of the address (and then kept), else the one kept earlier. */
export function proofOf(slug: string, fragment: string): Proof | undefined {
  const given = proofIn(fragment)
  if (given) write('session', name(slug), given)
  return given ?? read<Proof>('session', name(slug))
}

export function forgetProof(slug: string): void {
  write('session', name(slug), undefined)
}

/** Reads `#email=...&proof=...`. The fragment never reaches a server, so the proof is in no access log. */
function proofIn(fragment: string): Proof | undefined {
  const fields = new URLSearchParams(fragment.replace(/^#/, ''))
  const [email, proof] = [fields.get('email'), fields.get('proof')]
  return email && proof ? { email, proof } : undefined
}

/** Whether a typed address is the proven one, compared as the server does. */
export function proves({ email }: Proof, typed: string): boolean {
  const normal = (address: string) => address.trim().normalize('NFKC').toLowerCase()
  return normal(email) === normal(typed)
}
