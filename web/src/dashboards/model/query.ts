// Texts that people type, as what the server is asked.

/** `224` or `224x320`, height first; null where it is none. */
export function parseSize(text: string): [number, number] | null {
  const sides = text.trim().split(/\s*[x×,]\s*/i);
  const [height = NaN, width = height] = sides.map(Number);
  const fits = sides.length <= 2 && [height, width].every((side) => Number.isInteger(side) && side > 0);
  return fits ? [height, width] : null;
}

/** Numbers with commas or spaces between them; null where there is something else. */
export function parseNumberList(text: string): number[] | null {
  const parts = text.split(/[\s,;]+/).filter((part) => part !== '');
  const numbers = parts.map(Number);
  return numbers.every(Number.isFinite) ? numbers : null;
}

/** Whole numbers from 0 on, and ranges of them: `0, 3, 5-8`; null where there is something else. */
export function parseIndices(text: string): number[] | null {
  const found: number[] = [];
  for (const part of text.split(/[\s,;]+/).filter((item) => item !== '')) {
    const match = /^(\d+)(?:[-–](\d+))?$/.exec(part);
    if (!match) return null;
    const first = Number(match[1]);
    const last = Number(match[2] ?? match[1]);
    if (last < first || last - first >= 1000) return null;
    for (let at = first; at <= last; at += 1) if (!found.includes(at)) found.push(at);
  }
  return found;
}

/** The name of a class, or its number. */
export function className(names: readonly string[], number: number): string {
  const name = names[number];
  return name === undefined || name === '' ? String(number) : name;
}

/** Published names of the methods; what is not listed is shown as the server names it. */
const METHOD_NAMES: Readonly<Record<string, string>> = {
  'grad-cam': 'Grad-CAM',
  'grad-cam++': 'Grad-CAM++',
  'xgrad-cam': 'XGrad-CAM',
  'score-cam': 'Score-CAM',
  'ablation-cam': 'Ablation-CAM',
  'eigen-cam': 'Eigen-CAM',
  'eigen-grad-cam': 'Eigen-Grad-CAM',
  'seg-eigen-cam': 'Seg-Eigen-CAM',
  'layer-cam': 'Layer-CAM',
  'hires-cam': 'HiResCAM',
  'grad-cam-elementwise': 'Grad-CAM element-wise',
  'kpca-cam': 'KPCA-CAM',
  fem: 'FEM',
  'shapley-cam': 'ShapleyCAM',
  'random-cam': 'RandomCAM',
  'finer-cam': 'Finer-CAM',
  'full-grad': 'FullGrad',
  gradient: 'Gradient',
  'guided-backprop': 'Guided backprop',
  'guided-grad-cam': 'Guided Grad-CAM',
  'smooth-grad': 'SmoothGrad',
  'integrated-gradients': 'Integrated gradients',
  occlusion: 'Occlusion',
};

/** Each of these runs the network once for every channel of the layer, or many times over the picture. */
export const SLOW_METHODS: readonly string[] = ['score-cam', 'ablation-cam', 'smooth-grad', 'occlusion'];

export function methodName(name: string): string {
  return METHOD_NAMES[name] ?? name;
}
