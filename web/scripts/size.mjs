// Prints the compressed JavaScript that the event page loads before anybody touches it, in the language with the longest
// words, and fails above the budget.
import { readFileSync, readdirSync } from 'node:fs'
import { gzipSync } from 'node:zlib'

const BUDGET_KB = 60
const OUTPUT = '.svelte-kit/output/client'
const AREAS = ['common', 'event']
const LANGUAGES = ['en', 'de', 'fr', 'nb', 'ar']

const manifest = JSON.parse(readFileSync(`${OUTPUT}/.vite/manifest.json`, 'utf8'))
const app = readFileSync('.svelte-kit/generated/client-optimized/app.js', 'utf8')
const leaf = app.match(/"\/e\/\[slug\]":\s*\[~?(\d+)/)?.[1]
if (!leaf) throw new Error('the event page is not among the routes')

// SvelteKit loads the error page (nodes/1) with the first one.
const begin = ['start', 'app', 'nodes/0', 'nodes/1', `nodes/${leaf}`].map((name) => {
  const key = Object.keys(manifest).find(
    (path) => manifest[path].name === `entry/${name}` || path.endsWith(`/${name}.js`),
  )
  if (!key) throw new Error(`no ${name} in the build`)
  return key
})
const words = (language) => AREAS.map((area) => `src/lib/messages/${area}/${language}.messages.js`)
const boot = readdirSync('build/_app/immutable').filter((file) => file.startsWith('boot.'))

function follow(key, files) {
  const { file, imports = [] } = manifest[key]
  if (files.has(`${OUTPUT}/${file}`)) return
  files.add(`${OUTPUT}/${file}`)
  imports.forEach((one) => follow(one, files))
}

const sizes = LANGUAGES.map((language) => {
  const files = new Set(boot.map((file) => `build/_app/immutable/${file}`))
  ;[...begin, ...words(language)].forEach((key) => follow(key, files))
  const bytes = [...files].reduce((sum, file) => sum + gzipSync(readFileSync(file)).length, 0)
  return { language, kb: bytes / 1024, files: files.size }
})
const { language, kb, files } = sizes.reduce((one, other) => (other.kb > one.kb ? other : one))
console.log(
  `Event page: ${kb.toFixed(1)} KB of compressed JavaScript in ${files} files, in ${language} (budget ${BUDGET_KB} KB)`,
)
if (kb > BUDGET_KB) process.exit(1)
