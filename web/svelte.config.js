import adapter from '@sveltejs/adapter-static'

/** @type {import('@sveltejs/kit').Config} */
export default {
  kit: {
    adapter: adapter({ fallback: 'index.html' }),
    // What the build knows (its one inline script) is allowed here, in a meta element of the page.
    // What the deployment knows (API, images, frames) stands in the header of the distribution.
    csp: {
      mode: 'hash',
      directives: {
        'script-src': ['self'],
        'style-src': ['self'],
        // the one style attribute is that of SvelteKit's route announcer
        'style-src-attr': ['unsafe-hashes', 'sha256-S8qMpvofolR8Mpjy4kQvEm7m1q8clzU4dfDH0AmvZjo='],
        'object-src': ['none'],
        'base-uri': ['none'],
      },
    },
  },
}
