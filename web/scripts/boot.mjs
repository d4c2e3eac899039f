// Moves the script that the build writes into the document to a file of its own: the site's content policy allows no
// script inside a page.
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'

const SITE = 'build'
const DOCUMENT = `${SITE}/index.html`

const inline = /<script>([\s\S]*?)<\/script>/g
const document = readFileSync(DOCUMENT, 'utf8')
const moved = document.replace(inline, (_, code) => {
  const script = `${code.trim()}\n`
  const hash = createHash('sha256').update(script).digest('hex').slice(0, 8)
  const address = `/_app/immutable/boot.${hash}.js`
  writeFileSync(`${SITE}${address}`, script)
  return `<script src="${address}"></script>`
})
if (moved === document) throw new Error(`${DOCUMENT} has no script to move`)
if (/<script(?![^>]*\ssrc=)/.test(moved)) throw new Error(`${DOCUMENT} still has a script inside`)
writeFileSync(DOCUMENT, moved)
