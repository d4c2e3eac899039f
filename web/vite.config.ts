import { readFileSync } from 'node:fs'
import { sveltekit } from '@sveltejs/kit/vite'
import { compileMessages } from './src/lib/i18n/compile'
import { svelteTesting } from '@testing-library/svelte/vite'
import type { Plugin } from 'vite'
import { defineConfig } from 'vitest/config'

/** Serves /config.json in development from the local stack that `make run` has started. */
function localConfig(): Plugin {
  return {
    name: 'local-config',
    configureServer(server) {
      server.middlewares.use('/config.json', (_request, response) => {
        const stack = JSON.parse(readFileSync('../.local/stack.json', 'utf8')) as { api_url: string }
        response.setHeader('content-type', 'application/json')
        response.end(JSON.stringify({ api_url: stack.api_url }))
      })
    },
  }
}

export default defineConfig({
  plugins: [compileMessages(), sveltekit(), svelteTesting(), localConfig()],
  build: { target: 'es2022', rolldownOptions: { checks: { pluginTimings: false } } },
  test: {
    environment: 'jsdom',
    include: ['src/**/*.test.ts'],
    restoreMocks: true,
    setupFiles: ['src/lib/i18n/testing.ts'],
  },
})
