// Names of model files, runs, layers and tags, and what belongs together by them.

/** A name with dots: `layer1/0/conv1` and `layer1.0.conv1` are the same. */
export function dotted(name: string): string {
  return name.replaceAll('/', '.');
}

/** The only model file that lies in a run's folder; null if there is none, or several. */
export function onlyModelOf(run: string, files: readonly string[]): string | null {
  const folder = run === '.' || run === '' ? '' : `${run}/`;
  const inside = files.filter((name) => name.startsWith(folder) && !name.slice(folder.length).includes('/'));
  return inside.length === 1 ? (inside[0] ?? null) : null;
}

/** Whether a name with dots has the path of a layer in it, from dot to dot. */
export function isWithin(name: string, path: string): boolean {
  return `.${dotted(name)}.`.includes(`.${dotted(path)}.`);
}

/** The deepest layer that a tag such as `weights/layer1.0.conv1.weight` is about. */
export function layerWithin(paths: readonly string[], tag: string): string | null {
  const found = paths.filter((path) => path !== '' && isWithin(tag, path));
  return found.reduce<string | null>(
    (best, path) => (best === null || path.length > best.length ? path : best),
    null,
  );
}
