// Times and durations as text.

const MINUTE = 60;
const HOUR = 3600;
const DAY = 86_400;

function two(n: number): string {
  return String(n).padStart(2, '0');
}

/** A duration: `3 m 12 s`, `1 h 04 m`, `850 ms`. */
export function formatDuration(seconds: number): string {
  if (!Number.isFinite(seconds)) return '–';
  const sign = seconds < 0 ? '−' : '';
  const size = Math.abs(seconds);
  if (size === 0) return '0 s';
  if (size < 1) return `${sign}${Math.round(size * 1000)} ms`;
  if (size < 10) return `${sign}${Math.round(size * 10) / 10} s`;
  const whole = Math.round(size);
  if (whole < MINUTE) return `${sign}${whole} s`;
  if (whole < HOUR) return `${sign}${Math.floor(whole / MINUTE)} m ${two(whole % MINUTE)} s`;
  if (whole < DAY)
    return `${sign}${Math.floor(whole / HOUR)} h ${two(Math.floor((whole % HOUR) / MINUTE))} m`;
  return `${sign}${Math.floor(whole / DAY)} d ${two(Math.floor((whole % DAY) / HOUR))} h`;
}

/** Local time `2026-11-22 07:52:58`. */
export function formatTime(wallTimeSecs: number): string {
  const date = new Date(wallTimeSecs * 1000);
  if (Number.isNaN(date.getTime())) return '–';
  return `${formatDate(wallTimeSecs)} ${formatClock(wallTimeSecs)}`;
}

/** Local date `2026-11-22`. */
export function formatDate(wallTimeSecs: number): string {
  const date = new Date(wallTimeSecs * 1000);
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** Local time of day, with the date in front when it is not today's. */
export function formatMoment(wallTimeSecs: number): string {
  const date = formatDate(wallTimeSecs);
  const today = formatDate(Date.now() / 1000);
  if (date === today) return formatClock(wallTimeSecs);
  return `${date.slice(0, 4) === today.slice(0, 4) ? date.slice(5) : date} ${formatClock(wallTimeSecs)}`;
}

/** Local time of day `07:52:58`. */
export function formatClock(wallTimeSecs: number): string {
  const date = new Date(wallTimeSecs * 1000);
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

export type AgeUnit = 'now' | 'seconds' | 'minutes' | 'hours' | 'days' | 'years';

/** How long ago, in the largest unit that fits. */
export function age(seconds: number): { unit: AgeUnit; n: number } {
  if (seconds < 5) return { unit: 'now', n: 0 };
  if (seconds < MINUTE) return { unit: 'seconds', n: Math.floor(seconds) };
  if (seconds < HOUR) return { unit: 'minutes', n: Math.floor(seconds / MINUTE) };
  if (seconds < 2 * DAY) return { unit: 'hours', n: Math.floor(seconds / HOUR) };
  if (seconds < 730 * DAY) return { unit: 'days', n: Math.floor(seconds / DAY) };
  return { unit: 'years', n: Math.floor(seconds / (365 * DAY)) };
}
