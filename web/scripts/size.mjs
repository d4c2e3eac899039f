// Prints the compressed JavaScript that pages load before anybody touches them, in the language with the longest words:
// that of the event page, of the door, and of the heaviest workplace. Fails above their budgets.
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { gzipSync } from 'node:zlib'

const VISITORS = { build: 'build', output: '.svelte-kit', routes: 'src/routes' }
const WORKPLACES = { build: 'build/work', output: '.svelte-kit-work', routes: 'src/work/routes' }
const LANGUAGES = ['en', 'de', 'fr', 'nb', 'ar']

/** All pages of an app, with the files that each begins with. */
function pagesOf({ build, output, routes }) {
  const client = `${output}/output/client`
  const manifest = JSON.parse(readFileSync(`${client}/.vite/manifest.json`, 'utf8'))
  const app = readFileSync(`${output}/generated/client-optimized/app.js`, 'utf8')
  const boot = readdirSync(`${build}/_app/immutable`).filter((file) => file.startsWith('boot.'))

  function entry(name) {
    const key = Object.keys(manifest).find(
      (path) => manifest[path].name === `entry/${name}` || path.endsWith(`/${name}.js`),
    )
    if (!key) throw new Error(`no ${name} in the build`)
    return key
  }

  function follow(key, files) {
    const { file, imports = [] } = manifest[key]
    if (files.has(`${client}/${file}`)) return
    files.add(`${client}/${file}`)
    imports.forEach((one) => follow(one, files))
  }

  return [...app.matchAll(/"(\/[^"]*)":\s*\[~?(\d+)(?:,\[([\d,]*)\])?/g)].map(([, route, leaf, layouts]) => {
    // SvelteKit loads the root layout (nodes/0) and the error page (nodes/1) with the first page.
    const nodes = [...new Set(['0', '1', ...(layouts?.split(',').filter(Boolean) ?? []), leaf])]
    const sizes = LANGUAGES.map((language) => {
      const files = new Set(boot.map((file) => `${build}/_app/immutable/${file}`))
      const words = areasOf(routes, route).map((area) => `src/lib/messages/${area}/${language}.messages.js`)
      ;['start', 'app', ...nodes.map((node) => `nodes/${node}`)].forEach((name) => follow(entry(name), files))
      words.forEach((key) => follow(key, files))
      const bytes = [...files].reduce((sum, file) => sum + gzipSync(readFileSync(file)).length, 0)
      return { route, language, kb: bytes / 1024, files: files.size }
    })
    return heaviest(sizes)
  })
}

/** What a page and the layouts above it learn to say. */
function areasOf(routes, route) {
  const folders = [`${routes}${route}`]
  while (folders.at(-1).length > routes.length) folders.push(dirname(folders.at(-1)))
  const sources = folders
    .flatMap((folder) => [`${folder}/+layout.ts`, ...(folder === folders[0] ? [`${folder}/+page.ts`] : [])])
    .filter(existsSync)
    .map((file) => readFileSync(file, 'utf8'))
  const learned = sources.flatMap((source) =>
    [...source.matchAll(/learn\(([^)]*)\)/g)].map(([, said]) => said),
  )
  return [...new Set(learned.flatMap((said) => [...said.matchAll(/'(\w+)'/g)].map(([, area]) => area)))]
}

function heaviest(pages) {
  return pages.reduce((one, other) => (other.kb > one.kb ? other : one))
}

function weigh(name, page, budget) {
  const { route, language, kb, files } = page
  console.log(
    `${name} (${route}): ${kb.toFixed(1)} KB of compressed JavaScript in ${files} files, in ${language} (budget ${budget} KB)`,
  )
  if (kb <= budget) return
  console.error(`${name}: ${Math.ceil((kb - budget) * 1024)} bytes too many`)
  process.exitCode = 1
}

const event = pagesOf(VISITORS).find(({ route }) => route === '/e/[slug]')
if (!event) throw new Error('the event page is not among the routes')
weigh('Event page', event, 60)

const workplaces = pagesOf(WORKPLACES)
const door = workplaces.filter(({ route }) => route.startsWith('/door'))
if (door.length) weigh('Door', heaviest(door), 150)
weigh('Heaviest workplace', heaviest(workplaces), 250)
