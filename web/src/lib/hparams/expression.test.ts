import { describe, expect, it } from 'vitest';
import { ExpressionError, parseExpression } from './expression';
import type { Value } from './values';

const RUN: Record<string, Value> = {
  lr: 0.005,
  opt: 'adam',
  'learning rate': 0.1,
  nesterov: true,
  torch: 1,
  'hparam/accuracy': 0.75,
  epochs: '20',
  nan: NaN,
  名称: '甲',
  'odd "name"': 3,
  last: 7,
  'min loss': 0.25,
};

function holds(text: string): boolean {
  return parseExpression(text).test(({ name, aggregation }) =>
    aggregation ? (RUN[`${aggregation} ${name}`] ?? null) : (RUN[name] ?? null),
  );
}

function failure(text: string): [string, number, string] {
  try {
    parseExpression(text);
  } catch (error) {
    if (error instanceof ExpressionError) return [error.expected, error.at, error.got];
    throw error;
  }
  throw new Error(`${text} is taken`);
}

describe('expressions that hold', () => {
  it.each([
    'lr < 0.01 and opt == "adam"',
    'lr<0.01&&opt=="adam"',
    'lr = 5e-3',
    '0.01 > lr',
    '.001 <= lr',
    'lr <= 0.005 and lr >= 0.005',
    'opt = adam',
    "opt == 'adam'",
    '"learning rate" == 0.1',
    '`learning rate` > 0',
    'hparam/accuracy >= 0.75',
    'opt != sgd',
    'not opt == sgd',
    '!(opt == sgd)',
    'NOT opt == sgd AND lr < 1',
    'nesterov == true',
    'nesterov == 1',
    'torch == true',
    'true == nesterov',
    'epochs == 20',
    'epochs > 19.5',
    'epochs == "20"',
    'opt < "b"',
    'dropout == none',
    'dropout != 0.5',
    'opt != none',
    'opt in ["sgd", adam]',
    'lr in [0.1, 0.005]',
    'dropout in [none]',
    'opt ~ "^ad"',
    'opt !~ "^sg"',
    'dropout !~ "x"',
    '`nan` == nan',
    'lr < inf',
    '名称 == 甲',
    '"odd \\"name\\"" == 3',
    'last == 7',
    'min(loss) < 0.5',
    'min("loss") == 0.25',
  ])('%s', (text) => expect(holds(text)).toBe(true));
});

describe('expressions that do not hold', () => {
  it.each([
    'lr < 0.001',
    'dropout < 1',
    'dropout > 1',
    'dropout == 0.5',
    'dropout <= none',
    'opt < 3',
    'opt == Adam',
    '`nan` < 1',
    '`nan` > 1',
    '`nan` == 1',
    'opt in [sgd]',
    'opt ~ "^x"',
    'max(loss) > 0',
    'nesterov == false',
  ])('%s', (text) => expect(holds(text)).toBe(false));
});

it('binds and closer than or, and not closest', () => {
  expect(holds('lr > 1 and opt == adam or torch == 1')).toBe(true);
  expect(holds('lr > 1 and (opt == adam or torch == 1)')).toBe(false);
  expect(holds('not lr > 1 and opt == adam')).toBe(true);
  expect(holds('not (lr > 1 or opt == adam)')).toBe(false);
});

it('lists each name once', () => {
  const { names } = parseExpression('lr < 1 or lr > 2 and min(loss) < "3" or "a b" == 1');
  expect(names).toEqual([
    { name: 'lr', aggregation: null },
    { name: 'loss', aggregation: 'min' },
    { name: 'a b', aggregation: null },
  ]);
});

describe('what is expected, where, and what is there', () => {
  it.each<[string, string, number, string]>([
    ['', 'comparison', 0, ''],
    ['lr', 'operator', 2, ''],
    ['lr 0.1', 'operator', 3, '0.1'],
    ['lr <', 'value', 4, ''],
    ['lr < and', 'value', 5, 'and'],
    ['lr < 0.1 opt == adam', 'end', 9, 'opt'],
    ['lr < 0.1 and', 'comparison', 12, ''],
    ['(lr < 0.1', 'bracket', 9, ''],
    ['lr < 0.1)', 'end', 8, ')'],
    ['opt == "adam', 'quote', 12, ''],
    ['opt in adam', 'list', 7, 'adam'],
    ['opt in [adam', 'list', 12, ''],
    ['opt in []', 'value', 8, ']'],
    ['0.1 < 0.2', 'name', 6, '0.2'],
    ['0.1 ~ lr', 'operator', 4, '~'],
    ['opt ~ "("', 'regex', 6, '"("'],
    ['min(loss < 1', 'bracket', 9, '<'],
    ['min(3) < 1', 'name', 4, '3'],
    ['lr < 0.1 ; opt == 1', 'comparison', 9, ';'],
    ['lr < 1 and or', 'name', 11, 'or'],
    ['and == 1', 'name', 0, 'and'],
    ['lr < 😀', 'comparison', 5, '😀'],
  ])('%s', (text, expected, at, got) => expect(failure(text)).toEqual([expected, at, got]));

  it('stops at brackets without end', () => {
    expect(failure('('.repeat(5_000))[0]).toBe('comparison');
    expect(failure('not '.repeat(5_000))[0]).toBe('comparison');
  });
});
