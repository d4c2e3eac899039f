/** Has the browser save something that the page has as a file. */
export function saveFile(name: string, content: string | Blob, type = 'text/csv'): void {
  const file = content instanceof Blob ? content : new Blob([content], { type })
  const address = URL.createObjectURL(file)
  const link = Object.assign(document.createElement('a'), { href: address, download: name })
  link.click()
  // Not at once: some browsers begin to read it only after this.
  setTimeout(() => URL.revokeObjectURL(address), 60_000)
}
