import { fileURLToPath } from 'node:url';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';
import { mockApi } from './dev/mock.ts';

const server = process.env['GLASSBOARD_SERVER'];

export default defineConfig({
  // Relative addresses, so that the page works under any path prefix.
  base: './',
  plugins: [svelte(), ...(server ? [] : [mockApi()])],
  resolve: { alias: { $lib: fileURLToPath(new URL('./src/lib', import.meta.url)) } },
  build: { target: 'es2022', modulePreload: { polyfill: false } },
  server: server ? { proxy: { '/api': { target: server } } } : {},
  test: { include: ['src/**/*.test.ts'], environment: 'node' },
});
