// Prints the compressed JavaScript that the event page loads before anybody touches it, and fails above the budget.
import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'

const BUDGET_KB = 60
const OUTPUT = '.svelte-kit/output/client'

const manifest = JSON.parse(readFileSync(`${OUTPUT}/.vite/manifest.json`, 'utf8'))
const app = readFileSync('.svelte-kit/generated/client-optimized/app.js', 'utf8')
const leaf = app.match(/"\/e\/\[slug\]":\s*\[~?(\d+)/)?.[1]
if (!leaf) throw new Error('the event page is not among the routes')

const entries = ['start', 'app', 'nodes/0', `nodes/${leaf}`].map((name) => {
  const key = Object.keys(manifest).find(
    (path) => manifest[path].name === `entry/${name}` || path.endsWith(`/${name}.js`),
  )
  if (!key) throw new Error(`no ${name} in the build`)
  return key
})

const files = new Set()
function follow(key) {
  const { file, imports = [] } = manifest[key]
  if (files.has(file)) return
  files.add(file)
  imports.forEach(follow)
}
entries.forEach(follow)

const bytes = [...files].reduce((sum, file) => sum + gzipSync(readFileSync(`${OUTPUT}/${file}`)).length, 0)
const kb = bytes / 1024
console.log(
  `Event page: ${kb.toFixed(1)} KB of compressed JavaScript in ${files.size} files (budget ${BUDGET_KB} KB)`,
)
if (kb > BUDGET_KB) process.exit(1)
