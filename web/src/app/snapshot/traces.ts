// Tables of a profiler trace: recorded with every row, for all steps and for each, and filtered and sorted here as
// the server does.
import type { TraceKernel, TraceKernels, TraceOperator, TraceOperators, TraceSort } from '$lib/api/model';
import type { Packs } from './packs';

type Row = TraceOperator | TraceKernel;

const isOperator = (row: Row): row is TraceOperator => 'self_ns' in row;

/** The order of the server: characters by their number, stretches of figures as numbers. */
export function naturalOrder(a: string, b: string): number {
  const parts = (text: string) => text.match(/\d+|\D/gu) ?? [];
  const [left, right] = [parts(a), parts(b)];
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const [x, y] = [left[i] as string, right[i] as string];
    if (/\d/.test(x) && /\d/.test(y)) {
      const [m, n] = [x.replace(/^0+/, ''), y.replace(/^0+/, '')];
      if (m !== n) return m.length - n.length || (m < n ? -1 : 1);
    } else if (x !== y) return (x.codePointAt(0) ?? 0) - (y.codePointAt(0) ?? 0);
  }
  // What is left of the longer one, then `a02` before `a2`.
  return left.length - right.length || (a < b ? -1 : a > b ? 1 : 0);
}

/** What rows are sorted by where it is a number; those that do not say it come last. */
function figure(row: Row, sort: TraceSort): number {
  switch (sort) {
    case 'calls':
      return row.calls;
    case 'mean':
      return row.total_ns / row.calls;
    case 'min':
      return row.min_ns;
    case 'max':
      return row.max_ns;
    case 'total':
      return row.total_ns;
    case 'device_total':
      return isOperator(row) ? row.device_total_ns : row.total_ns;
    case 'device_self':
      return isOperator(row) ? row.device_self_ns : row.total_ns;
    case 'occupancy':
      return isOperator(row) ? row.self_ns : (row.occupancy_percent ?? -Infinity);
    case 'blocks':
      return isOperator(row) ? row.self_ns : (row.blocks_per_sm ?? -Infinity);
    default:
      return isOperator(row) ? row.self_ns : row.total_ns;
  }
}

/** The rows that a query asks for, and how many there are without its limit. */
export function tableRows<R extends Row>(
  rows: readonly R[],
  query: URLSearchParams,
): { all: readonly R[]; total: number; rows: R[] } {
  const category = query.get('category');
  const all = category === null ? rows : rows.filter((row) => row.category === category);
  const find = (query.get('find') ?? '').toLowerCase();
  const found = all.filter((row) => row.name.toLowerCase().includes(find));
  const sort = (query.get('sort') ?? 'self') as TraceSort;
  const sign = query.get('ascending') === 'true' ? 1 : -1;
  const compare = (a: R, b: R): number => {
    if (sort === 'name' || sort === 'category') return naturalOrder(a[sort], b[sort]);
    const [x, y] = [figure(a, sort), figure(b, sort)];
    return x < y ? -1 : x > y ? 1 : 0;
  };
  const sorted = [...found].sort((a, b) => sign * compare(a, b));
  return { all, total: found.length, rows: sorted.slice(0, Number(query.get('limit') ?? 100)) };
}

const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0);

/** The answer to a request for a table; null: it was not recorded. */
export async function traceTable(
  packs: Packs,
  route: string,
  query: URLSearchParams,
): Promise<TraceOperators | TraceKernels | null> {
  const step = query.get('step');
  const key = [route, query.get('path') ?? '', step === null ? null : Number(step)];
  if (route === 'trace/operators') {
    const table = await packs.json<TraceOperators>(key);
    if (!table) return null;
    const { all, ...answer } = tableRows(table.rows, query);
    const self_ns = sum(all.map((row) => row.self_ns));
    return { ...answer, self_ns, device_self_ns: sum(all.map((row) => row.device_self_ns)) };
  }
  const table = await packs.json<TraceKernels>(key);
  if (!table) return null;
  const { all, ...answer } = tableRows(table.rows, query);
  return { ...answer, total_ns: sum(all.map((row) => row.total_ns)) };
}
