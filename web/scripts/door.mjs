// Writes the list of the files that the door needs without a network: its page, what that loads later, and its words in
// every language. Its service worker keeps them.
import { readFileSync, writeFileSync } from 'node:fs'

const OUTPUT = '.svelte-kit-work'
const SITE = 'build/work'
const BASE = '/work'
const AREAS = ['common', 'door', 'problem']
const LANGUAGES = ['en', 'de', 'fr', 'nb', 'ar']
const STATIC = ['door.webmanifest', 'door-app/icon.svg', 'door-app/icon-192.png', 'door-app/apple-180.png']

const manifest = JSON.parse(readFileSync(`${OUTPUT}/output/client/.vite/manifest.json`, 'utf8'))
const app = readFileSync(`${OUTPUT}/generated/client-optimized/app.js`, 'utf8')
const leaf = app.match(/"\/door":\s*\[~?(\d+)/)?.[1]
if (!leaf) throw new Error('the door is not among the routes')

const keys = Object.keys(manifest)
const begin = ['start', 'app', 'nodes/0', 'nodes/1', `nodes/${leaf}`].map((name) => {
  const key = keys.find((path) => manifest[path].name === `entry/${name}` || path.endsWith(`/${name}.js`))
  if (!key) throw new Error(`no ${name} in the build`)
  return key
})
const later = keys.filter((key) => key.startsWith('src/lib/work/door/') || key.includes('/@noble/ed25519/'))
const words = AREAS.flatMap((area) =>
  LANGUAGES.map((language) => `src/lib/messages/${area}/${language}.messages.js`),
)

const files = new Set(STATIC)
const seen = new Set()
function follow(key) {
  if (seen.has(key)) return
  seen.add(key)
  const { file, css = [], assets = [], imports = [] } = manifest[key]
  for (const one of [file, ...css, ...assets]) files.add(one)
  imports.forEach(follow)
}
;[...begin, ...later, ...words].forEach(follow)

const paths = [...files].sort().map((file) => `${BASE}/${file}`)
const bytes = [...files].reduce((sum, file) => sum + readFileSync(`${SITE}/${file}`).length, 0)
writeFileSync(`${SITE}/door-files.json`, `${JSON.stringify(paths, null, 2)}\n`)
console.log(`Door: ${paths.length} files, ${(bytes / 1024).toFixed(0)} KB, kept for when there is no network`)
