/**
 * What is added to the server's sanitised HTML in the page: formulas, colours of code, and links that
 * open beside the dashboard. Formulas and colours are loaded only when there is something to set.
 */
export async function enrich(root: HTMLElement): Promise<void> {
  for (const link of root.querySelectorAll('a')) {
    link.target = '_blank';
    link.rel = 'noopener noreferrer';
  }
  for (const table of root.querySelectorAll('table')) {
    // A wide table scrolls by itself instead of widening its card.
    const frame = document.createElement('div');
    frame.className = 'table-frame';
    table.replaceWith(frame);
    frame.append(table);
  }
  const math = root.querySelectorAll<HTMLElement>('[data-math-style]');
  const code = root.querySelectorAll<HTMLElement>('pre > code[class*="language-"]:not([data-math-style])');
  await Promise.all([
    math.length > 0 ? import('./math').then(({ renderMath }) => renderMath(math)) : null,
    code.length > 0 ? import('./highlight').then(({ highlightCode }) => highlightCode(code)) : null,
  ]);
}

/** The HTML with links in the place of pictures that lie elsewhere: a snapshot asks nobody for anything. */
export function withoutElsewhere(html: string): DocumentFragment {
  const { content } = Object.assign(document.createElement('template'), { innerHTML: html });
  for (const image of content.querySelectorAll('img')) {
    const source = image.getAttribute('src') ?? '';
    if (source.startsWith('data:')) continue;
    const link = document.createElement('a');
    link.href = source;
    link.textContent = image.alt || source;
    image.replaceWith(link);
  }
  return content;
}
