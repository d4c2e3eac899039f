import { readFileSync } from 'node:fs'
import { sveltekit } from '@sveltejs/kit/vite'
import { compileMessages } from './src/lib/i18n/compile.ts'
import { svelteTesting } from '@testing-library/svelte/vite'
import type { Plugin } from 'vite'
import { defineConfig } from 'vitest/config'

/** Which of the two apps this is about, as in svelte.config.js. */
const WORK = process.env.ADMIT_PAGES === 'work'

/** Serves /config.json in development from the local stack that `make run` has started. */
function localConfig(): Plugin {
  return {
    name: 'local-config',
    configureServer(server) {
      server.middlewares.use('/config.json', (_request, response) => {
        const stack = JSON.parse(readFileSync('../.local/stack.json', 'utf8')) as Record<string, string>
        const { api_url, cognito_url: sign_in_url, user_pool_client_id } = stack
        response.setHeader('content-type', 'application/json')
        response.end(JSON.stringify({ api_url, sign_in_url, user_pool_client_id }))
      })
    },
  }
}

/** The workplaces say everything, and so do tests: all catalogs would weigh on the visitors' first page. */
function sayAll(): Plugin {
  return {
    name: 'say-all',
    enforce: 'pre',
    resolveId(source, importer) {
      if (!source.endsWith('/i18n/catalogs')) return undefined
      return this.resolve(`${source}.all.ts`, importer, { skipSelf: true })
    },
  }
}

/** What every page or the event page begins with is one file: many small ones compress worse, and wait for each other. */
const BASE = new RegExp(
  [
    'node_modules/(@sveltejs|@messageformat|make-plural)/',
    'node_modules/svelte/(?!.*/bindings/(input|select)\\.)',
    '@lucide/svelte/dist/(Icon|utils|icons/(check|languages|map-pin|minus|plus|ticket|wifi-off)\\.)',
    'vite/preload-helper',
    'src/lib/(api/(answer|config|event-page|later|problem)|i18n|format/(dates|locale|money)|keys|storage)',
    'src/lib/purchase/(attempt|basket|draft)',
    'src/lib/ui/(Badge|Button|EventHeader|Failure|Folded|Loading|Stepper)',
  ].join('|'),
)

export default defineConfig({
  plugins: [
    compileMessages(),
    ...(WORK || process.env.VITEST ? [sayAll()] : []),
    sveltekit(),
    svelteTesting(),
    localConfig(),
  ],
  optimizeDeps: { include: ['@messageformat/runtime', '@messageformat/runtime/lib/cardinals'] },
  build: {
    target: 'es2022',
    rolldownOptions: {
      checks: { pluginTimings: false },
      ...(!WORK && { output: { codeSplitting: { groups: [{ name: 'base', test: BASE }] } } }),
    },
  },
  test: {
    environment: 'jsdom',
    include: ['src/**/*.test.ts'],
    restoreMocks: true,
    testTimeout: 60_000,
    setupFiles: ['src/lib/i18n/testing.ts'],
  },
})
