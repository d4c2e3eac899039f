// Moves the scripts that the build writes into the documents to files of their own: the site's content policy allows
// no script inside a page.
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'

const SITE = 'build'
const inline = /<script>([\s\S]*?)<\/script>/g

for (const base of ['', '/work']) {
  const name = `${SITE}${base}/index.html`
  const document = readFileSync(name, 'utf8')
  const moved = document.replace(inline, (_, code) => {
    const script = `${code.trim()}\n`
    const hash = createHash('sha256').update(script).digest('hex').slice(0, 8)
    const address = `${base}/_app/immutable/boot.${hash}.js`
    writeFileSync(`${SITE}${address}`, script)
    return `<script src="${address}"></script>`
  })
  if (moved === document) throw new Error(`${name} has no script to move`)
  if (/<script(?![^>]*\ssrc=)/.test(moved)) throw new Error(`${name} still has a script inside`)
  writeFileSync(name, moved)
}
