import adapter from '@sveltejs/adapter-static'

/** Two apps come out of this folder, which share src/lib: the visitors' pages, and the workplaces under /work. */
const WORK = process.env.ADMIT_PAGES === 'work'

/** @type {import('@sveltejs/kit').Config['kit']} */
const visitors = { adapter: adapter({ fallback: 'index.html' }) }

/** @type {import('@sveltejs/kit').Config['kit']} */
const workplaces = {
  adapter: adapter({ pages: 'build/work', assets: 'build/work', fallback: 'index.html' }),
  outDir: '.svelte-kit-work',
  paths: { base: '/work', relative: false },
  files: {
    appTemplate: 'src/work/app.html',
    routes: 'src/work/routes',
    hooks: { client: 'src/work/hooks.client' },
    serviceWorker: 'src/work/service-worker',
    assets: 'src/work/static',
  },
}

/** @type {import('@sveltejs/kit').Config} */
export default {
  // The content policy stands in the headers of the distribution; scripts/boot.mjs makes the documents fit for it.
  // Who only looks at an event downloads nothing ahead: the pages of tickets, and the door, register their workers.
  kit: { ...(WORK ? workplaces : visitors), serviceWorker: { register: false } },
}
