// Filter expressions over runs, such as `lr < 0.01 and opt == "adam"`.
//
//   expression = all { "or" all }
//   all        = one { "and" one }
//   one        = "not" one | "(" expression ")" | comparison
//   comparison = name operator value | name "in" "[" value { "," value } "]" | value operator name
//   name       = word | quoted | ("last" | "min" | "max") "(" (word | quoted) ")"
//   value      = number | quoted | word | "true" | "false" | "none"
//   operator   = "<" | "<=" | ">" | ">=" | "==" | "=" | "!=" | "~" | "!~"
//
// On the left quotes are around a name, on the right around a text: `"learning rate" < 0.1`, `opt == "adam"`.
// `~` is a regular expression that is found in the value. `and`, `or`, `not` may be written &&, ||, !.
import type { Aggregation, Value } from './values';

/** What a name stands for. Without an aggregation it can be a hyperparameter, a metric or a fact of the run. */
export interface Name {
  name: string;
  aggregation: Aggregation | null;
}

/** What an expression cannot do without at a place. */
export type Expected =
  'comparison' | 'operator' | 'value' | 'name' | 'bracket' | 'list' | 'end' | 'quote' | 'regex';

/** Why a text is no expression. */
export class ExpressionError extends Error {
  constructor(
    readonly expected: Expected,
    /** Place in the text, counted from 0. */
    readonly at: number,
    /** What is there; empty at the end of the text. */
    readonly got: string,
  ) {
    super(`expected ${expected} at ${at}, got ${got || 'the end'}`);
  }
}

/** Looks a name up for one run; null where the run has no such value. */
export type Lookup = (name: Name) => Value;

export interface Expression {
  test: (lookup: Lookup) => boolean;
  /** The names that occur, each once. */
  names: readonly Name[];
}

interface Token {
  kind: 'word' | 'number' | 'quoted' | 'operator' | 'mark' | 'end';
  text: string;
  at: number;
  /** As it is written. */
  raw: string;
}

const OPERATORS = ['<=', '>=', '==', '!=', '!~', '<', '>', '=', '~'] as const;
type Operator = (typeof OPERATORS)[number] | 'in';
const MARKS = ['&&', '||', '!', '(', ')', '[', ']', ','];
const AGGREGATION_NAMES: readonly Aggregation[] = ['last', 'min', 'max'];
/** Deeper brackets than this are no filter that a person wrote. */
const MOST_DEEP = 100;

const SPACE = /\s+/y;
const NUMBER = /[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?![\p{L}\p{N}_])/uy;
const WORD = /[\p{L}_][\p{L}\p{N}_./:@%-]*/uy;

function tokens(text: string): Token[] {
  const found: Token[] = [];
  let at = 0;
  const match = (pattern: RegExp): string | null => {
    pattern.lastIndex = at;
    return pattern.exec(text)?.[0] ?? null;
  };
  while (at < text.length) {
    const space = match(SPACE);
    if (space !== null) {
      at += space.length;
      continue;
    }
    const rest = text.slice(at);
    const quote = rest[0] ?? '';
    let token: Token;
    if (quote === '"' || quote === "'" || quote === '`') token = quoted(text, at, quote);
    else {
      const raw = match(NUMBER) ?? match(WORD);
      const operator = OPERATORS.find((one) => rest.startsWith(one));
      const mark = MARKS.find((one) => rest.startsWith(one));
      if (raw !== null) token = { kind: /^[+\-.\d]/.test(raw) ? 'number' : 'word', text: raw, at, raw };
      else if (operator) token = { kind: 'operator', text: operator, at, raw: operator };
      else if (mark) token = { kind: 'mark', text: mark, at, raw: mark };
      else throw new ExpressionError('comparison', at, [...rest][0] ?? '');
    }
    found.push(token);
    at += token.raw.length;
  }
  found.push({ kind: 'end', text: '', at: text.length, raw: '' });
  return found;
}

/** A backslash takes the next character as it is. */
function quoted(text: string, at: number, quote: string): Token {
  let inside = '';
  for (let i = at + 1; i < text.length; i++) {
    const letter = text[i] as string;
    if (letter === quote) return { kind: 'quoted', text: inside, at, raw: text.slice(at, i + 1) };
    if (letter === '\\' && i + 1 < text.length) i += 1;
    inside += text[i] as string;
  }
  throw new ExpressionError('quote', text.length, '');
}

type Test = (lookup: Lookup) => boolean;

class Parser {
  readonly names = new Map<string, Name>();
  #place = 0;
  #depth = 0;
  readonly #tokens: readonly Token[];

  constructor(text: string) {
    this.#tokens = tokens(text);
  }

  parse(): Test {
    const test = this.#any();
    if (this.#now.kind !== 'end') this.#fail('end');
    return test;
  }

  get #now(): Token {
    return this.#tokens[this.#place] as Token;
  }

  #fail(expected: Expected, token = this.#now): never {
    throw new ExpressionError(expected, token.at, token.raw);
  }

  /** Goes on when the next token is one of these words or marks. */
  #take(...wanted: string[]): boolean {
    const { kind, text } = this.#now;
    const same = kind === 'mark' ? text : kind === 'word' ? text.toLowerCase() : null;
    if (same === null || !wanted.includes(same)) return false;
    this.#place += 1;
    return true;
  }

  #any(): Test {
    const parts = [this.#all()];
    while (this.#take('or', '||')) parts.push(this.#all());
    return parts.length === 1 ? (parts[0] as Test) : (lookup) => parts.some((part) => part(lookup));
  }

  #all(): Test {
    const parts = [this.#one()];
    while (this.#take('and', '&&')) parts.push(this.#one());
    return parts.length === 1 ? (parts[0] as Test) : (lookup) => parts.every((part) => part(lookup));
  }

  #one(): Test {
    this.#depth += 1;
    if (this.#depth > MOST_DEEP) this.#fail('comparison');
    const test = this.#inner();
    this.#depth -= 1;
    return test;
  }

  #inner(): Test {
    if (this.#take('not', '!')) {
      const test = this.#one();
      return (lookup) => !test(lookup);
    }
    if (this.#take('(')) {
      const test = this.#any();
      if (!this.#take(')')) this.#fail('bracket');
      return test;
    }
    return this.#comparison();
  }

  #comparison(): Test {
    const first = this.#now;
    if (first.kind === 'number' || isConstant(first)) {
      const value = this.#value();
      const operator = this.#operator();
      if (operator === 'in' || operator === '~' || operator === '!~') this.#fail('operator', this.#before);
      return compare(this.#name(), MIRRORED[operator], value);
    }
    if (first.kind !== 'word' && first.kind !== 'quoted') this.#fail('comparison');
    const name = this.#name();
    const operator = this.#operator();
    if (operator === 'in') return isIn(name, this.#list());
    if (operator === '~' || operator === '!~') {
      const token = this.#now;
      const pattern = regexOf(this.#value());
      if (!pattern) this.#fail('regex', token);
      const found: Test = (lookup) => {
        const value = lookup(name);
        return value !== null && pattern.test(String(value));
      };
      return operator === '~' ? found : (lookup) => !found(lookup);
    }
    return compare(name, operator, this.#value());
  }

  get #before(): Token {
    return this.#tokens[this.#place - 1] as Token;
  }

  #name(): Name {
    const token = this.#now;
    if (token.kind !== 'quoted' && (token.kind !== 'word' || isReserved(token.text))) this.#fail('name');
    this.#place += 1;
    const aggregation = AGGREGATION_NAMES.find((one) => token.kind === 'word' && token.text === one) ?? null;
    let name: Name = { name: token.text, aggregation: null };
    if (aggregation && this.#take('(')) {
      const inner = this.#now;
      if (inner.kind !== 'word' && inner.kind !== 'quoted') this.#fail('name');
      this.#place += 1;
      if (!this.#take(')')) this.#fail('bracket');
      name = { name: inner.text, aggregation };
    }
    this.names.set(`${name.aggregation} ${name.name}`, name);
    return name;
  }

  #operator(): Operator {
    const token = this.#now;
    if (this.#take('in')) return 'in';
    if (token.kind !== 'operator') this.#fail('operator');
    this.#place += 1;
    return token.text as Operator;
  }

  #value(): Value {
    const token = this.#now;
    if (token.kind === 'number') {
      this.#place += 1;
      return Number(token.text);
    }
    if (token.kind === 'quoted') {
      this.#place += 1;
      return token.text;
    }
    if (token.kind !== 'word' || (isReserved(token.text) && !isConstant(token))) this.#fail('value');
    this.#place += 1;
    const word = token.text.toLowerCase();
    if (word in CONSTANTS) return CONSTANTS[word as keyof typeof CONSTANTS];
    return token.text;
  }

  #list(): Value[] {
    if (!this.#take('[')) this.#fail('list');
    const values = [this.#value()];
    while (this.#take(',')) values.push(this.#value());
    if (!this.#take(']')) this.#fail('list');
    return values;
  }
}

const CONSTANTS = { true: true, false: false, none: null, null: null, nan: NaN, inf: Infinity } as const;
const RESERVED = ['and', 'or', 'not', 'in'];

function isReserved(word: string): boolean {
  return RESERVED.includes(word.toLowerCase()) || word.toLowerCase() in CONSTANTS;
}

function isConstant(token: Token): boolean {
  return token.kind === 'word' && token.text.toLowerCase() in CONSTANTS;
}

type Comparison = Exclude<Operator, 'in' | '~' | '!~'>;
const MIRRORED: Readonly<Record<Comparison, Comparison>> = {
  '<': '>',
  '<=': '>=',
  '>': '<',
  '>=': '<=',
  '=': '=',
  '==': '==',
  '!=': '!=',
};

/** Truth values are written as 1 and 0 by some writers, and numbers as texts. */
function toNumber(value: Value): number | null {
  if (typeof value === 'number') return value;
  if (typeof value === 'boolean') return Number(value);
  if (typeof value === 'string' && value.trim() !== '') {
    const number = Number(value);
    return Number.isNaN(number) ? null : number;
  }
  return null;
}

/** Whether a value is what was written; `null` is a missing value. */
function equal(value: Value, wanted: Value): boolean {
  if (value === null || wanted === null) return value === wanted;
  if (typeof wanted === 'string') return String(value) === wanted;
  if (Number.isNaN(wanted)) return Number.isNaN(value);
  const number = toNumber(value);
  if (number !== null) return number === Number(wanted);
  return String(value) === String(wanted);
}

function smaller(a: Value, b: Value): boolean {
  if (typeof a === 'string' && typeof b === 'string') return a < b;
  const [left, right] = [toNumber(a), toNumber(b)];
  return left !== null && right !== null && left < right;
}

/** A run without the value is neither smaller nor larger nor equal; so it is unequal. */
function compare(name: Name, operator: Comparison, wanted: Value): Test {
  switch (operator) {
    case '<':
      return (lookup) => smaller(lookup(name), wanted);
    case '>':
      return (lookup) => smaller(wanted, lookup(name));
    case '<=':
      return (lookup) => {
        const value = lookup(name);
        return smaller(value, wanted) || (value !== null && wanted !== null && equal(value, wanted));
      };
    case '>=':
      return (lookup) => {
        const value = lookup(name);
        return smaller(wanted, value) || (value !== null && wanted !== null && equal(value, wanted));
      };
    case '=':
    case '==':
      return (lookup) => equal(lookup(name), wanted);
    case '!=':
      return (lookup) => !equal(lookup(name), wanted);
  }
}

function isIn(name: Name, values: readonly Value[]): Test {
  return (lookup) => {
    const value = lookup(name);
    return values.some((wanted) => equal(value, wanted));
  };
}

function regexOf(value: Value): RegExp | null {
  try {
    return new RegExp(String(value), 'u');
  } catch {
    return null;
  }
}

/**
 * Reads an expression.
 *
 * @throws ExpressionError which says what was expected, where, and what is there.
 */
export function parseExpression(text: string): Expression {
  const parser = new Parser(text);
  const test = parser.parse();
  return { test, names: [...parser.names.values()] };
}
