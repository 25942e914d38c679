// A small stand-in for the server during development: `MOCK_RUNS=24 npm run dev`.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Connect, Plugin } from 'vite';

const RUNS = Number(process.env['MOCK_RUNS'] ?? 24);
const POINTS = Number(process.env['MOCK_POINTS'] ?? 400);
const START = 1_790_000_000;
const names = Array.from(
  { length: RUNS },
  (_, i) => `${['adam', 'sgd', 'rms', 'lion'][i % 4]}-${(i >> 2) + 1}e-3`,
);
const tags = [
  'loss/train',
  'loss/validation',
  'accuracy/validation',
  'gradients/conv1',
  'gradients/conv2',
  'gradients/conv10',
  'epoch',
  'learning rate',
];
let workspace: unknown = {};

function random(seed: number): () => number {
  let s = seed | 0;
  return () => {
    s = (s + 0x6d2b79f5) | 0;
    let v = Math.imul(s ^ (s >>> 15), 1 | s);
    v = (v + Math.imul(v ^ (v >>> 7), 61 | v)) ^ v;
    return ((v ^ (v >>> 14)) >>> 0) / 4294967296;
  };
}

function values(run: number, tag: string): number[] {
  const r = random(run * 97 + tags.indexOf(tag) * 13);
  const speed = 2 + ((run * 7) % 9);
  return Array.from({ length: POINTS }, (_, i) => {
    const x = i / POINTS;
    if (tag === 'epoch') return Math.floor(x * 10);
    const noise = (r() - 0.5) * 0.15;
    return tag.startsWith('acc')
      ? 0.97 - 0.85 * Math.exp(-x * speed) + noise / 4
      : 0.15 + 1.8 * Math.exp(-x * speed) + noise;
  });
}

function smooth(y: number[], weight: number): number[] {
  let last = 0;
  let n = 0;
  return y.map((v) => {
    last = last * weight + (1 - weight) * v;
    n += 1;
    return last / (1 - weight ** n);
  });
}

async function body(request: IncomingMessage): Promise<any> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return JSON.parse(Buffer.concat(parts).toString());
}

function status() {
  return {
    version: '0.1.0',
    window_title: 'runs',
    logdir: 'runs',
    phase: 'following',
    bytes_read: 1e6,
    bytes_total: 1e6,
    files_read: RUNS,
    files_total: RUNS,
    runs: RUNS,
    points: RUNS * POINTS * tags.length,
    memory_bytes: 5e6,
    damaged_records: 1,
    damaged_files: 1,
    workspace_writable: true,
    revision: 1,
    notices: [{ kind: 'two_writers', path: 'adam-1e-3', message: 'two writers in adam-1e-3' }],
  };
}

export function mockApi(): Plugin {
  const use = (server: { middlewares: Connect.Server }) => {
    server.middlewares.use('/api/v1', (request: IncomingMessage, response: ServerResponse, next) => {
      void answer(request, response).catch(next);
    });
  };
  return { name: 'glassboard-mock-api', configureServer: use, configurePreviewServer: use };
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = new URL(request.url ?? '/', 'http://x').pathname;
  const json = (value: unknown) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(value));
  };
  if (path === '/status') return json(status());
  if (path === '/runs')
    return json({
      revision: 1,
      runs: names.map((name, id) => ({
        id,
        name,
        first_wall_time_secs: START + id,
        last_wall_time_secs: START + id + POINTS,
        last_step: POINTS * 5,
        points: POINTS * tags.length,
        size_bytes: 1e5,
        files: 1,
        live: id < 2,
        damaged_records: id === 1 ? 1 : 0,
      })),
    });
  if (path === '/tags') {
    const all = names.map((_, id) => id);
    return json({
      revision: 1,
      plugins: [
        {
          plugin: 'scalars',
          tags: tags.map((tag) => ({ tag, display_name: '', description_html: '', runs: all })),
        },
      ],
    });
  }
  if (path === '/workspace') {
    if (request.method === 'PUT') workspace = await body(request);
    return json(workspace);
  }
  if (path === '/layouts') return json({ categories: [] });
  if (path === '/damage')
    return json({
      files: [
        {
          run: names[1],
          path: `${names[1]}/events.out.tfevents.7f.0`,
          records: 1999,
          damaged: 1,
          places: [{ offset: 88412, lost_bytes: 49, kind: 'data_checksum', message: 'data checksum' }],
        },
      ],
    });
  if (path === '/events') {
    response.setHeader('content-type', 'text/event-stream');
    response.write(`event: status\ndata: ${JSON.stringify(status())}\n\n`);
    return;
  }
  if (path === '/scalars/stats') {
    const q = await body(request);
    return json({
      series: q.series.map(({ run, tag }: any) => {
        const y = values(run, tag);
        const at = (i: number) => ({ step: i * 5, wall_time_secs: START + i, value: y[i] });
        const i = Math.min(POINTS - 1, Math.round((q.step_max ?? 0) / 5));
        return {
          run,
          tag,
          count: 1,
          non_finite: 0,
          min: at(i),
          max: at(i),
          mean: y[i],
          first: at(0),
          last: at(i),
          last_smoothed: y[i],
          first_smoothed: y[0],
        };
      }),
    });
  }
  if (path === '/scalars') {
    const q = await body(request);
    const columns: Float64Array[] = [];
    let offset = 0;
    const series = q.series.map(({ run, tag }: any) => {
      const y = values(run, tag);
      const step = y.map((_, i) => i * 5);
      const wall = y.map((_, i) => START + run + i);
      const x =
        q.x?.kind === 'wall'
          ? wall
          : q.x?.kind === 'relative'
            ? y.map((_, i) => i)
            : q.x?.kind === 'tag'
              ? values(run, q.x.tag)
              : step;
      const set: Record<string, number[]> = { x, step, wall, value: y };
      if (q.smoothing) set['smooth'] = smooth(y, q.smoothing.weight ?? 0.9);
      const refs: Record<string, unknown> = {};
      for (const [name, data] of Object.entries(set)) {
        refs[name] = { dtype: 'f64', offset };
        columns.push(Float64Array.from(data));
        offset += data.length * 8;
      }
      return {
        run,
        tag,
        points_total: POINTS,
        points_in_range: POINTS,
        superseded_total: 0,
        reduced: false,
        nan: 0,
        pos_inf: 0,
        neg_inf: 0,
        x_first: x[0],
        x_last: x.at(-1),
        restarts: [],
        live: { count: POINTS, columns: refs },
        superseded: [],
      };
    });
    let header = JSON.stringify({ revision: 1, series });
    header = header.padEnd(Math.ceil((header.length + 8) / 8) * 8 - 8, ' ');
    const prefix = Buffer.alloc(8);
    prefix.write('GBC1');
    prefix.writeUInt32LE(header.length, 4);
    response.setHeader('content-type', 'application/x-glassboard-columns');
    response.end(Buffer.concat([prefix, Buffer.from(header), ...columns.map((c) => Buffer.from(c.buffer))]));
    return;
  }
  response.statusCode = 404;
  json({ error: 'not_found', message: `unknown route ${path}` });
}
