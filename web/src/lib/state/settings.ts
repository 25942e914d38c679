// What this browser remembers. Storage may be missing, full or forbidden: then the default holds.

const PREFIX = 'glassboard.';

export function readSetting<T>(name: string, fallback: T): T {
  try {
    const text = localStorage.getItem(PREFIX + name);
    return text === null ? fallback : (JSON.parse(text) as T);
  } catch {
    return fallback;
  }
}

export function writeSetting(name: string, value: unknown): void {
  try {
    localStorage.setItem(PREFIX + name, JSON.stringify(value));
  } catch {
    // Remembering is a convenience; the page works without it.
  }
}
