/**
 * Colour maps: a number from 0 to 1 becomes a colour.
 *
 * The named maps are matplotlib's (CC0), kept as seventeen evenly spaced colours and
 * interpolated linearly in sRGB between them; the error against the full table is below
 * what an eye can see in a heat map.
 */

import { channels } from '$lib/format/colors';

/** Red, green, blue, 0 to 255 each. */
export type Rgb = readonly [number, number, number];

/** Maps 0..1 to a colour; values outside are clamped, NaN gives the low end. */
export type ColorMap = (t: number) => Rgb;

const STOPS = {
  viridis:
    '440154 48186a 472d7b 424086 3b528b 33638d 2c728e 26828e 21918c 1fa088 28ae80 3fbc73 5ec962 84d44b addc30 d8e219 fde725',
  inferno:
    '000004 0b0724 210c4a 3d0965 57106e 71196e 8a226a a32c61 bc3754 d24644 e45a31 f1731d f98e09 fcac11 f9cb35 f2ea69 fcffa4',
  gray: '000000 ffffff',
} as const;

/** Names of the built-in maps. */
export type ColorMapName = keyof typeof STOPS;

/** The names, in the order a menu lists them. */
export const COLOR_MAP_NAMES = Object.keys(STOPS) as readonly ColorMapName[];

/** `#rrggbb` of a colour; channels are rounded and clamped. */
export function toHex(color: Rgb): string {
  return `#${color
    .map((channel) =>
      Math.round(Math.min(255, Math.max(0, channel)))
        .toString(16)
        .padStart(2, '0'),
    )
    .join('')}`;
}

/** The colour `t` of the way from `from` to `to`, mixed in sRGB. */
export function mix(from: Rgb, to: Rgb, t: number): Rgb {
  return [from[0] + (to[0] - from[0]) * t, from[1] + (to[1] - from[1]) * t, from[2] + (to[2] - from[2]) * t];
}

/** A map through evenly spaced colours. */
export function rampOf(stops: readonly Rgb[]): ColorMap {
  const last = stops.length - 1;
  return (t) => {
    const place = (Number.isNaN(t) ? 0 : Math.min(1, Math.max(0, t))) * last;
    const low = Math.min(Math.floor(place), Math.max(0, last - 1));
    const from = stops[low] ?? ([0, 0, 0] as const);
    return mix(from, stops[low + 1] ?? from, place - low);
  };
}

/** A built-in map by name. */
export function colorMap(name: ColorMapName): ColorMap {
  return rampOf(STOPS[name].split(' ').map((stop) => channels(`#${stop}`)));
}
