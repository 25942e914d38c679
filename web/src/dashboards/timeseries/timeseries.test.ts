import { describe, expect, it } from 'vitest';
import { groupTags, layoutGroups, tagsOf } from './cards';
import { fileStem } from './export';
import { makeLines, restartPositions } from './lines';
import { pixelsFor } from './loader.svelte';
import { isSorted, rowsAt, type Shown } from './rows';
import type { Series } from './series';
import { smoothingOf } from './settings.svelte';
import { formatZoom, parseZoom } from './views.svelte';

function series(
  run: number,
  tag: string,
  step: number[],
  value: number[],
  more: Partial<Series> = {},
): Series {
  const column = Float64Array.from(step);
  return {
    run,
    tag,
    points: {
      x: column,
      step: column,
      wall: Float64Array.from(step, (s) => 1000 + s),
      value: Float64Array.from(value),
      smooth: null,
    },
    superseded: [],
    restarts: [],
    pointsTotal: step.length,
    pointsInRange: step.length,
    reduced: false,
    nan: 0,
    posInf: 0,
    negInf: 0,
    xFirst: step[0] ?? null,
    xLast: step.at(-1) ?? null,
    bytes: 0,
    ...more,
  };
}

const tag = (name: string) => ({ tag: name, display_name: '', description_html: '', runs: [0] });

describe('cards', () => {
  it('are grouped by the first part of the tag, in the order the server gave', () => {
    const groups = groupTags(['loss/train', 'lr', 'loss/val', 'w/layer2', 'w/layer10'].map(tag));
    expect(groups.map((group) => [group.title, group.cards.map((card) => card.id)])).toEqual([
      ['loss', ['loss/train', 'loss/val']],
      ['lr', ['lr']],
      ['w', ['w/layer2', 'w/layer10']],
    ]);
  });

  it('of layouts say which tags are missing', () => {
    const [group] = layoutGroups(
      {
        categories: [
          {
            title: 'Losses',
            closed: true,
            charts: [
              {
                title: 'both',
                multiline: ['loss/.*', 'gone/.*'],
                multiline_tags: ['loss/a', 'loss/b'],
                margin: [],
                problems: [],
              },
              {
                title: 'band',
                multiline: [],
                multiline_tags: [],
                margin: [{ value: 'v', lower: 'l', upper: 'u' }],
                problems: [],
              },
            ],
          },
        ],
      },
      (name) => name !== 'u',
    );
    expect(group?.closed).toBe(true);
    expect(group?.cards.map((card) => card.missing)).toEqual([['gone/.*'], ['u']]);
    expect(group?.cards.map(tagsOf)).toEqual([
      ['loss/a', 'loss/b'],
      ['v', 'l', 'u'],
    ]);
  });
});

describe('lines', () => {
  const runs = [{ id: 0, name: 'a', points: 0, size_bytes: 0, files: 1, live: false, damaged_records: 0 }];
  const input = (card: Parameters<typeof makeLines>[0]['card'], data: Series[]) =>
    makeLines({
      card,
      runs,
      data: new Map(data.map((one) => [`${one.run} ${one.tag}`, one])),
      axis: 'step',
      partition: false,
      styleOf: () => ({ color: '#000000', dash: [] }),
      labelOf: (name) => name,
      firstWallOf: () => undefined,
    });

  it('tell several tags of one card apart by dash and label', () => {
    const [group] = layoutGroups(
      {
        categories: [
          {
            title: 't',
            closed: false,
            charts: [{ title: 'c', multiline: ['.*'], multiline_tags: ['x', 'y'], margin: [], problems: [] }],
          },
        ],
      },
      () => true,
    );
    const card = group?.cards[0];
    if (!card) throw new Error('expected a card');
    const { lines, shown } = input(card, [series(0, 'x', [0], [1]), series(0, 'y', [0], [1])]);
    expect(lines.map((line) => line.dash)).toEqual([[], [7, 3]]);
    expect(shown.map((line) => line.label)).toEqual(['a · x', 'a · y']);
  });

  it('have a band where both of its edges are', () => {
    const card = {
      id: 'c',
      title: 'c',
      description: '',
      lines: [{ tag: 'v', band: { lower: 'l', upper: 'u' } }],
      missing: [],
      problems: [],
    };
    const value = series(0, 'v', [0, 1], [5, 5]);
    const lower = series(0, 'l', [0, 1], [4, 4]);
    const upper = series(0, 'u', [0, 1], [6, 6]);
    expect([...(input(card, [value, lower, upper]).lines[0]?.band?.upper as Float64Array)]).toEqual([6, 6]);
    expect(input(card, [value, lower]).lines[0]?.band).toBeNull();
  });

  it('mark restarts at the first point written anew', () => {
    const one = series(0, 'x', [0, 10, 20], [1, 2, 3], { restarts: [5] });
    one.points.x = Float64Array.of(100, 110, 120);
    expect(restartPositions(one, 'relative')).toEqual([110]);
    expect(restartPositions(one, 'step')).toEqual([5]);
  });
});

describe('tooltip rows', () => {
  const shown = (name: string, one: Series): Shown => ({
    id: name,
    runName: name,
    label: name,
    color: '',
    dash: [],
    series: one,
    sorted: true,
    firstWall: 1000,
  });
  it('take each run at its own nearest point and compare with the baseline at that step', () => {
    const rows = rowsAt(
      [
        shown('base', series(0, 'x', [0, 10, 20], [1, 2, 3])),
        shown('other', series(1, 'x', [0, 12], [5, 7])),
      ],
      11,
      'base',
    );
    expect(
      rows.map(({ runName, step, value, relative, toBaseline }) => ({
        runName,
        step,
        value,
        relative,
        toBaseline,
      })),
    ).toEqual([
      { runName: 'base', step: 10, value: 2, relative: 10, toBaseline: 0 },
      { runName: 'other', step: 12, value: 7, relative: 12, toBaseline: 5 },
    ]);
  });
  it('know whether x ever falls', () => {
    expect(isSorted([1, 1, 2])).toBe(true);
    expect(isSorted([1, 2, 1])).toBe(false);
  });
});

describe('requests', () => {
  it('ask for the width rounded up, and for less when a card has very many lines', () => {
    expect(pixelsFor(361, 10)).toBe(384);
    expect(pixelsFor(361, 200)).toBe(240);
    expect(pixelsFor(361, 5000)).toBe(96);
  });
  it('turn the slider into what each method takes', () => {
    expect(smoothingOf('exponential', 0)).toBeNull();
    expect(smoothingOf('exponential', 0.6)).toEqual({ method: 'exponential', weight: 0.6 });
    expect(smoothingOf('gaussian', 0.9)).toEqual({ method: 'gaussian', sigma: expect.closeTo(9) as number });
    expect(smoothingOf('running_mean', 0.9)).toEqual({ method: 'running_mean', window: 19 });
  });
});

describe('address', () => {
  it('carries zooms of cards whatever their name', () => {
    const zoom = { x: [1.5, 20] as const, y: null };
    expect(parseZoom(formatZoom('a~b/c', zoom))).toEqual({ card: 'a~b/c', zoom });
    expect(parseZoom('1..x~~card')?.zoom).toEqual({ x: null, y: null });
  });
  it('makes file names of tags', () => {
    expect(fileStem('loss/train: 损失')).toBe('loss_train_损失');
  });
});
