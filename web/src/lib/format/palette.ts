/** Run colours of the two themes; distinguishable for the common colour blindnesses, of similar lightness. */
export const PALETTES = {
  light: ['#3b6fd4', '#d67217', '#1c9a6c', '#c2418b', '#7a5bd0', '#0c93b8', '#ad8a26', '#d6504a'],
  dark: ['#7aa2ff', '#ffa657', '#4cd49e', '#f07fbd', '#b39bff', '#4cc9ea', '#e3c25a', '#ff8a80'],
} as const;
