const CODE = /^[\w-]{8,60}\.[\w-]{16,100}$/

/** Answers the pairing code in what was scanned, pasted or opened: the code itself, or the address that carries it. */
export function pairingCode(text: string): string | undefined {
  const [, told] = /#(?:.*&)?pair=([^&]+)/.exec(text) ?? []
  const code = (told ? decoded(told) : text).trim()
  return CODE.test(code) ? code : undefined
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
