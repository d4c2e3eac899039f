import { tick } from 'svelte'

/** Where what had the focus has gone, another place takes it, so that who has no mouse goes on from there. */
export async function keepFocus(place: HTMLElement | undefined): Promise<void> {
  await tick()
  const { activeElement } = document
  if (!activeElement || activeElement === document.body) place?.focus({ preventScroll: true })
}
