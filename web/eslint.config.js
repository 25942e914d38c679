import js from '@eslint/js';
import prettier from 'eslint-config-prettier';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';

export default ts.config(
  { ignores: ['dist', 'node_modules', 'src/lib/api/types.ts'] },
  js.configs.recommended,
  ...ts.configs.strict,
  ...svelte.configs.recommended,
  prettier,
  ...svelte.configs.prettier,
  {
    languageOptions: { globals: { ...globals.browser, ...globals.node } },
    rules: {
      // The type checker knows every name; this rule does not know types.
      'no-undef': 'off',
      'no-console': 'error',
      // Temporaries inside one function are plain Maps and Sets on purpose: nothing watches them.
      'svelte/prefer-svelte-reactivity': 'off',
    },
  },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: ts.parser } },
  },
  // Layers: api <- charts, widgets, state <- dashboards <- app.
  {
    files: ['src/lib/**'],
    rules: { 'no-restricted-imports': ['error', { patterns: ['**/dashboards/**', '**/app/**'] }] },
  },
  {
    files: ['src/dashboards/**'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              group: ['**/app/**', '**/dashboards/**', '../*/*', '!$lib/**'],
              message: 'Dashboards know only $lib and their own folder.',
            },
          ],
        },
      ],
    },
  },
);
