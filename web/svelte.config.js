import adapter from '@sveltejs/adapter-static'

/** @type {import('@sveltejs/kit').Config} */
export default {
  // The content policy stands in the headers of the distribution; scripts/boot.mjs makes the document fit for it.
  // The pages of tickets register the service worker: who only looks at an event downloads nothing ahead.
  kit: { adapter: adapter({ fallback: 'index.html' }), serviceWorker: { register: false } },
}
