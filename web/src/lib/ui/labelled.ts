/** The attributes that tie a control to its label and to what is said about it. */
export function tied(id: string, name: string, { fault, hint, optional, testid }: Said) {
  return {
    id,
    name,
    required: !optional,
    'aria-invalid': fault ? ('true' as const) : undefined,
    'aria-describedby': fault ? `${id}-fault` : hint ? `${id}-hint` : undefined,
    'data-testid': testid,
  }
}

interface Said {
  fault?: string
  hint?: string
  optional?: boolean
  testid?: string
}
