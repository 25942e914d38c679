/** Colours of code by highlight.js; a chunk of its own, loaded with the first code block that names its language. */

import hljs from 'highlight.js/lib/core';
import bash from 'highlight.js/lib/languages/bash';
import cpp from 'highlight.js/lib/languages/cpp';
import diff from 'highlight.js/lib/languages/diff';
import ini from 'highlight.js/lib/languages/ini';
import javascript from 'highlight.js/lib/languages/javascript';
import json from 'highlight.js/lib/languages/json';
import python from 'highlight.js/lib/languages/python';
import rust from 'highlight.js/lib/languages/rust';
import sql from 'highlight.js/lib/languages/sql';
import xml from 'highlight.js/lib/languages/xml';
import yaml from 'highlight.js/lib/languages/yaml';

// Aliases (py, sh, toml, html, js, …) come with the languages.
const languages = { bash, cpp, diff, ini, javascript, json, python, rust, sql, xml, yaml };
for (const [name, language] of Object.entries(languages)) hljs.registerLanguage(name, language);

/** Colours code blocks whose class names a language that is known; others stay as they are. */
export function highlightCode(elements: Iterable<HTMLElement>): void {
  for (const element of elements) {
    const name = [...element.classList]
      .find((item) => item.startsWith('language-'))
      ?.slice('language-'.length);
    if (name && hljs.getLanguage(name)) hljs.highlightElement(element);
  }
}
