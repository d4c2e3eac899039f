import { tick } from 'svelte'

/** A list with one of its entries some places further on. */
export function moved<T>(all: readonly T[], at: number, by: number): T[] {
  return all.toSpliced(at, 1).toSpliced(at + by, 0, ...all.slice(at, at + 1))
}

/** What is moved in the document loses the focus: whoever was pressed for that has it again. */
export async function focusAgain({ currentTarget }: Event): Promise<void> {
  await tick()
  if (currentTarget instanceof HTMLElement) currentTarget.focus()
}
