/** Where the focus is now, to go back to: there, or where that is gone, to what stood around it. */
export function wayBack(): () => void {
  const way: HTMLElement[] = []
  for (let at = document.activeElement; at instanceof HTMLElement; at = at.parentElement) way.push(at)
  return () => {
    const [to] = way.filter((one) => one.isConnected)
    if (!to || to === document.body) return
    if (to !== way[0] && to.tabIndex < 0) to.tabIndex = -1
    to.focus({ preventScroll: to !== way[0] })
  }
}
