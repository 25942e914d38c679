// Numbers as text. Figures are the same in both languages; the words around them come from the message table.
import { format } from 'd3-format';

const grouped = format(',');
const percent = format('.0%');

/** A logged value: four significant digits, exponents where they are shorter, and the non-finite ones by name. */
export function formatValue(value: number, digits = 4): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '∞' : '−∞';
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size >= 1e6 || size < 1e-4) {
    return value
      .toExponential(digits - 1)
      .replace(/\.?0+e/, 'e')
      .replace('e+', 'e')
      .replaceAll('-', '−');
  }
  if (Number.isInteger(value)) return grouped(value).replaceAll('-', '−');
  // Values below 1 get as many decimals as keep the significant digits, so columns of a loss line up.
  const decimals = Math.max(0, Math.min(7, digits - 1 - Math.floor(Math.log10(size))));
  return format(`,.${decimals}f`)(value);
}

/** A step, with thousands separated. */
export function formatStep(step: number): string {
  return grouped(step);
}

/** A count in a few characters: `1.2 M`. */
export function formatCompact(count: number): string {
  const units: [number, string][] = [
    [1e9, ' G'],
    [1e6, ' M'],
    [1e4, ' k'],
  ];
  for (const [size, unit] of units) {
    if (Math.abs(count) >= size) {
      const scale = unit === ' k' ? 1e3 : size;
      return `${format('.3~r')(count / scale)}${unit}`;
    }
  }
  return grouped(count);
}

export function formatPercent(fraction: number): string {
  return percent(fraction);
}

/** Bytes with the decimal prefix: `449 MB`. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? value : format('.3~r')(value)} ${units[unit]}`;
}
