import { fileURLToPath } from 'node:url';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';
import { mockApi } from './dev/mock.ts';

const server = process.env['GLASSBOARD_SERVER'];

/** KaTeX's style sheet names every font in three formats; all browsers the page runs in take the first. */
function woff2Only(): Plugin {
  return {
    name: 'woff2-only',
    enforce: 'pre',
    transform(code, id) {
      if (!id.endsWith('/katex.min.css')) return null;
      return code.replace(/,url\([^)]*\.(?:woff|ttf)\) format\("(?:woff|truetype)"\)/g, '');
    },
  };
}

export default defineConfig({
  // Relative addresses, so that the page works under any path prefix.
  base: './',
  plugins: [svelte(), woff2Only(), ...(server ? [] : [mockApi()])],
  resolve: { alias: { $lib: fileURLToPath(new URL('./src/lib', import.meta.url)) } },
  build: { target: 'es2022', modulePreload: { polyfill: false } },
  server: server ? { proxy: { '/api': { target: server } } } : {},
  test: { include: ['src/**/*.test.ts'], environment: 'node' },
});
