import { fileURLToPath } from 'node:url';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';
import { snapshotPage } from './vite.snapshot';

/** The server that `npm run dev` takes data from. */
const server = process.env['GLASSBOARD_SERVER'] ?? 'http://localhost:6006';

export default defineConfig({
  // Relative addresses, so that the page works under any path prefix.
  base: './',
  plugins: [svelte(), snapshotPage()],
  resolve: { alias: { $lib: fileURLToPath(new URL('./src/lib', import.meta.url)) } },
  build: { target: 'es2022', modulePreload: { polyfill: false } },
  server: { proxy: { '/api': { target: server, changeOrigin: true } } },
  test: { include: ['src/**/*.test.ts'], environment: 'node' },
});
