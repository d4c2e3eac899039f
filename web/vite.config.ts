import { readFileSync } from 'node:fs'
import { sveltekit } from '@sveltejs/kit/vite'
import { compileMessages } from './src/lib/i18n/compile.ts'
import { svelteTesting } from '@testing-library/svelte/vite'
import type { Plugin } from 'vite'
import { defineConfig } from 'vitest/config'

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

/** What every page or the event page begins with is one file: many small ones compress worse, and wait for each other. */
const BASE = new RegExp(
  [
    'node_modules/(@sveltejs|@messageformat|make-plural)/',
    'node_modules/svelte/(?!.*/bindings/(input|select)\\.)',
    '@lucide/svelte/dist/(Icon|utils|icons/(check|languages|map-pin|minus|plus|ticket|wifi-off)\\.)',
    'vite/preload-helper',
    'src/lib/(api/(answer|config|event-page|later|problem)|i18n|format/(dates|locale|money)|keys|storage)',
    'src/lib/ui/(Badge|Button|EventHeader|Folded|Loading|Stepper)',
  ].join('|'),
)

export default defineConfig({
  plugins: [compileMessages(), sveltekit(), svelteTesting(), localConfig()],
  optimizeDeps: { include: ['@messageformat/runtime', '@messageformat/runtime/lib/cardinals'] },
  build: {
    target: 'es2022',
    rolldownOptions: {
      checks: { pluginTimings: false },
      output: { codeSplitting: { groups: [{ name: 'base', test: BASE }] } },
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
