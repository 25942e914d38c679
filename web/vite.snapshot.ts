// The page once more, as one script and one style sheet that name no other file: `glassboard snapshot` puts both,
// with the server's answers, into a file that is opened without a server.
import { fileURLToPath } from 'node:url';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { build, type Plugin } from 'vite';

/** Workers become part of the script instead of files of their own. */
const inlineWorkers: Plugin = {
  name: 'glassboard-inline-workers',
  enforce: 'pre',
  transform(code, id) {
    if (!/\.(ts|svelte)$/.test(id) || !code.includes('new Worker(')) return null;
    const imports: string[] = [];
    const changed = code.replace(
      /new Worker\(new URL\('([^']+)', import\.meta\.url\), \{ type: 'module' \}\)/g,
      (_, path: string) => {
        const name = `InlineWorker${imports.length}`;
        imports.push(`import ${name} from '${path}?worker&inline';\n`);
        return `new ${name}()`;
      },
    );
    if (imports.length === 0)
      throw new Error(`expected new Worker(new URL('…', import.meta.url), …) in ${id}`);
    const script = /<script[^>]*>\n?/.exec(changed);
    return script ? changed.replace(script[0], script[0] + imports.join('')) : imports.join('') + changed;
  },
};

/** Of each font only the smallest file: every browser that runs the page reads WOFF2. */
const onlyWoff2: Plugin = {
  name: 'glassboard-only-woff2',
  enforce: 'pre',
  transform(code, id) {
    if (!/\.css$/.test(id)) return null;
    return code.replace(/,\s*url\([^)]*\.(?:woff|ttf)\)\s*format\([^)]*\)/g, '');
  },
};

/** Builds it beside the page: `snapshot/page.js` and `snapshot/page.css`. */
export function snapshotPage(): Plugin {
  let outDir = 'dist';
  return {
    name: 'glassboard-snapshot-page',
    apply: 'build',
    configResolved(config) {
      outDir = config.build.outDir;
    },
    async closeBundle() {
      await build({
        configFile: false,
        root: fileURLToPath(new URL('.', import.meta.url)),
        logLevel: 'warn',
        base: './',
        plugins: [inlineWorkers, onlyWoff2, svelte()],
        resolve: { alias: { $lib: fileURLToPath(new URL('./src/lib', import.meta.url)) } },
        worker: { format: 'iife' },
        build: {
          target: 'es2022',
          outDir,
          emptyOutDir: false,
          copyPublicDir: false,
          cssCodeSplit: false,
          assetsInlineLimit: Number.MAX_SAFE_INTEGER,
          modulePreload: false,
          chunkSizeWarningLimit: 10_000,
          rolldownOptions: {
            input: fileURLToPath(new URL('./src/snapshot.ts', import.meta.url)),
            output: {
              codeSplitting: false,
              entryFileNames: 'snapshot/page.js',
              assetFileNames: 'snapshot/page[extname]',
            },
          },
        },
      });
    },
  };
}
