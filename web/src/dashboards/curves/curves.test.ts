import { describe, expect, it } from 'vitest';
import type { Curve, CurveList, Run, TagEntry } from '$lib/api/model';
import { cardsOf, shortTag } from './cards';
import { layoutPanels, lowestRate, nearestPoint, outline, panelAt, placeOf, probit } from './layout';
import { tagStyles } from './looks';
import { calibrationCsv, curveCsv } from './table';

/** Positive samples with scores 0.8 and 0.35, negative ones with 0.4 and 0.1. */
const CURVE: Curve = {
  step: 3,
  wall_time_secs: 1.5,
  thresholds_total: 5,
  threshold: [0, 0.25, 0.5, 0.75, 1],
  true_positives: [2, 2, 1, 1, 0],
  false_positives: [2, 1, 0, 0, 0],
  true_negatives: [0, 1, 2, 2, 2],
  false_negatives: [0, 0, 1, 1, 2],
  precision: [0.5, 2 / 3, 1, 1, null],
  recall: [1, 1, 0.5, 0.5, 0],
  false_positive_rate: [1, 0.5, 0, 0, 0],
  false_negative_rate: [0, 0, 0.5, 0.5, 1],
  f1: [2 / 3, 0.8, 2 / 3, 2 / 3, 0],
  positives: 2,
  negatives: 2,
  average_precision: 5 / 6,
  roc_auc: 0.875,
  best_f1: 1,
  youden: 3,
};

describe('outlines', () => {
  it('lets each precision hold over the recall it adds, down to recall 0', () => {
    const line = outline('pr', CURVE);
    expect(line).toEqual([
      [1, 0.5],
      [1, 2 / 3],
      [0.5, 2 / 3],
      [0.5, 1],
      [0.5, 1],
      [0, 1],
    ]);
    // The area below it is the average precision.
    const area = line.reduce((sum, [x, y], i) => sum + (x - (line[i + 1]?.[0] ?? x)) * y, 0);
    expect(area).toBeCloseTo(5 / 6, 12);
  });
  it('draws ROC from corner to corner', () => {
    expect(outline('roc', CURVE)).toEqual([
      [1, 1],
      [0.5, 1],
      [0, 0.5],
      [0, 0.5],
      [0, 0],
    ]);
    const partial = { ...CURVE, recall: [0.5], false_positive_rate: [0.25] };
    expect(outline('roc', partial)).toEqual([
      [1, 1],
      [0.25, 0.5],
      [0, 0],
    ]);
  });
  it('invents no corners where counts contradict themselves', () => {
    const broken = { ...CURVE, positives: null, negatives: null };
    expect(outline('roc', broken)).toHaveLength(5);
    expect(outline('pr', broken).at(-1)).toEqual([0.5, 1]);
  });
  it('draws misses over false alarms', () => {
    expect(outline('det', CURVE)).toEqual([
      [0.5, 0],
      [0, 0.5],
    ]);
  });
});

describe('calibration', () => {
  const calibration = {
    mean_score: [0.075, 0.525, 1],
    positive_share: [0.25, 1, 0.5],
    samples: [4, 2, 2],
    expected_error: 0.33125,
  };
  const curve = { ...CURVE, calibration };

  it('draws shares over mean scores on whole axes, whatever corner the others show', () => {
    expect(outline('calibration', curve)).toEqual([
      [0.075, 0.25],
      [0.525, 1],
      [1, 0.5],
    ]);
    expect(outline('calibration', CURVE)).toEqual([]);
    const [panel] = layoutPanels(264, 148, ['calibration'], [curve], 0.2);
    // 200 x 100 pixels between the margins.
    expect(panel?.lines[0]?.xs).toEqual([52 + 15, 52 + 105, 252]);
    expect(panel?.lines[0]?.pointYs).toEqual([85, 10, 60]);
    expect(panel?.chance).toEqual([{ xs: [52, 252], ys: [110, 10], prevalence: null }]);
    // What is pointed at is a bin.
    expect(panel && nearestPoint(panel, 150, 20, 1)).toEqual({ line: 0, at: 1 });
  });

  it('is saved by its bins', () => {
    const series = {
      run: 0,
      run_name: 'a',
      plugin: 'pr_curves',
      tag: 'x',
      steps: [3],
      wall_time_secs: [1.5],
    };
    const rest = { superseded_total: 0, superseded: [] };
    const list = {
      series: [
        { ...series, ...rest, curve },
        { ...series, ...rest, curve: CURVE },
      ],
    } as CurveList;
    expect(calibrationCsv(list).split('\n')).toEqual([
      'Run,Tag,Wall time,Step,Mean score,Positive share,Samples',
      'a,x,1.5,3,0.075,0.25,4',
      'a,x,1.5,3,0.525,1,2',
      'a,x,1.5,3,1,0.5,2',
      '',
    ]);
  });
});

describe('normal deviates', () => {
  it.each([
    [0.5, 0],
    [0.975, 1.959963984540054],
    [0.01, -2.3263478740408408],
    [0.001, -3.090232306167813],
  ])('the quantile of %d is %d', (p, z) => {
    expect(probit(p)).toBeCloseTo(z, 8);
  });
  it('ends where probabilities end', () => {
    expect([probit(0), probit(1)]).toEqual([-Infinity, Infinity]);
  });
  it('begins below the smallest rate', () => {
    expect(lowestRate([CURVE])).toBe(0.01);
    expect(lowestRate([{ ...CURVE, false_positive_rate: [0.003] }])).toBeCloseTo(0.001, 12);
    expect(lowestRate([{ ...CURVE, false_positive_rate: [1e-9] }])).toBe(1e-4);
  });
});

describe('panels', () => {
  it('stand beside one another where there is room', () => {
    const wide = layoutPanels(600, 300, ['pr', 'roc'], [CURVE], 1);
    expect(wide.map(({ plot }) => [plot.left, plot.top])).toEqual([
      [52, 10],
      [352, 10],
    ]);
    const narrow = layoutPanels(300, 600, ['pr', 'roc'], [CURVE], 1);
    expect(narrow.map(({ plot }) => [plot.left, plot.top])).toEqual([
      [52, 10],
      [52, 310],
    ]);
  });
  it('find the point nearest to the pointer', () => {
    const panels = layoutPanels(600, 300, ['pr', 'roc'], [CURVE], 1);
    const [pr, roc] = panels;
    if (!pr || !roc) throw new Error('two panels');
    expect(panelAt(panels, 500, 100)).toBe(roc);
    expect(panelAt(panels, 700, 100)).toBeNull();
    const at = (x: number, y: number) => nearestPoint(roc, roc.x.toPixel(x), roc.y.toPixel(y), 1);
    expect(at(0.45, 0.95)).toEqual({ line: 0, at: 1 });
    expect(at(0, 0)).toEqual({ line: 0, at: 4 });
    // Where nothing is called positive there is no precision.
    expect(nearestPoint(pr, pr.x.toPixel(0), pr.y.toPixel(0), 1)).not.toEqual({ line: 0, at: 4 });
    expect(nearestPoint(pr, 100, 100, 0)).toBeNull();
  });
  it('show a corner of the axes', () => {
    const [roc] = layoutPanels(300, 300, ['roc'], [CURVE], 0.2);
    expect(roc?.x.toPixel(0.2)).toBeCloseTo(288, 6);
    expect(roc?.y.toPixel(0.8)).toBeCloseTo(262, 6);
  });
  it('mark the share of positive samples once', () => {
    const rare = { ...CURVE, positives: 1, negatives: 3 };
    const [pr] = layoutPanels(300, 300, ['pr'], [CURVE, CURVE, rare], 1);
    expect(pr?.chance.map(({ prevalence }) => prevalence)).toEqual([0.5, 0.25]);
  });
});

describe('operating point', () => {
  it('is the nearest threshold, or the best F1', () => {
    expect([null, 0, 0.3, 0.9, 1].map((threshold) => placeOf(CURVE, threshold))).toEqual([1, 0, 1, 4, 4]);
    expect(placeOf({ ...CURVE, best_f1: null }, null)).toBe(-1);
  });
});

describe('cards', () => {
  const run = (id: number, name: string) => ({ id, name }) as Run;
  const tag = (name: string, runs: number[]): TagEntry => ({
    tag: name,
    display_name: '',
    description_html: '',
    runs,
  });
  const tags = [
    ['pr_curves', tag('digits/0', [1, 2])],
    ['pr_curves', tag('digits/1', [1])],
    ['roc_curves', tag('other', [2])],
  ] as const;
  const runs = [run(1, 'a'), run(2, 'b')];
  const shape = (grouping: 'tag' | 'run' | 'all', matches: ((tag: string) => boolean) | null = null) =>
    cardsOf(grouping, tags, runs, matches).map(({ name, cards }) => [
      name,
      ...cards.map(({ item }) => [
        ...item.key,
        item.lines.map((line) => `${line.run.name}:${line.tag}`).join(' '),
      ]),
    ]);

  it('hold the runs of a tag', () => {
    expect(shape('tag')).toEqual([
      ['digits', ['', 'digits/0', 'a:digits/0 b:digits/0'], ['', 'digits/1', 'a:digits/1']],
      ['other', ['', 'other', 'b:other']],
    ]);
  });
  it('hold the tags of a run', () => {
    expect(shape('run')).toEqual([
      ['digits', ['a', 'digits', 'a:digits/0 a:digits/1'], ['b', 'digits', 'b:digits/0']],
      ['other', ['b', 'other', 'b:other']],
    ]);
  });
  it('hold everything of a group', () => {
    expect(shape('all', (name) => name.startsWith('digits'))).toEqual([
      ['digits', ['*', 'digits', 'a:digits/0 b:digits/0 a:digits/1']],
    ]);
  });
  it('name tags without their group', () => {
    expect(['digits/0', 'digits', 'digits/', 'a/b/c'].map(shortTag)).toEqual([
      '0',
      'digits',
      'digits/',
      'b/c',
    ]);
  });
  it('give ten classes ten looks', () => {
    const styles = tagStyles(
      Array.from({ length: 10 }, (_, i) => `digits/${i}`),
      false,
    );
    expect(new Set([...styles.values()].map(({ color, dash }) => `${color} ${dash.join()}`)).size).toBe(10);
  });
});

describe('table', () => {
  it('has a line for each threshold', () => {
    const csv = curveCsv({
      series: [
        {
          run: 1,
          run_name: 'a,b',
          plugin: 'pr_curves',
          tag: 'pr',
          steps: [3],
          wall_time_secs: [1.5],
          superseded_total: 0,
          curve: CURVE,
        },
      ],
    });
    const lines = csv.trimEnd().split('\n');
    expect(lines).toHaveLength(6);
    expect(lines[0]).toBe('Run,Tag,Wall time,Step,Threshold,TP,FP,TN,FN,Precision,Recall,FPR,F1');
    expect(lines[3]).toBe('"a,b",pr,1.5,3,0.5,1,0,2,1,1,0.5,0,0.6666666666666666');
    expect(lines[5]).toBe('"a,b",pr,1.5,3,1,0,0,2,2,,0,0,0');
  });
});
