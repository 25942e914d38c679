// Answers requests to the API from what was recorded. Most were recorded as they are asked; of curves,
// hyperparameters, histograms, scalars and tables of traces the parts were, which are put together here.
import { apiUrl } from '$lib/api/client';
import type {
  ApiError,
  CurveList,
  CurveQuery,
  CurveSeries,
  Hparams,
  HparamsQuery,
  ProjectionRequest,
  RunList,
  ScalarQuery,
  ScalarStatsQuery,
} from '$lib/api/model';
import type { Snapshot } from '$lib/api/snapshot';
import type { Transport } from '$lib/api/transport';
import type { Key, Packs, Recorded } from './packs';
import { SnapshotScalars } from './scalars';
import { traceTable } from './traces';

function refusal(message: string): Response {
  const body: ApiError = { error: 'not_found', message };
  return Response.json(body, { status: 404 });
}

const NO_STEP = 'the snapshot does not hold the tables of this step';

export function answering(packs: Packs, info: Snapshot): Transport {
  const scalars = new SnapshotScalars(packs, info.smoothing);
  const root = apiUrl('');

  async function answer(
    path: string,
    query: URLSearchParams,
    init: RequestInit | undefined,
  ): Promise<Response> {
    const body = <T>(): T => JSON.parse(String(init?.body)) as T;
    switch (path) {
      case 'scalars': {
        const accept = new Headers(init?.headers).get('accept') ?? '';
        const wanted = body<ScalarQuery>();
        if (accept !== 'text/csv' && accept !== 'application/json')
          return new Response(await scalars.columns(wanted));
        const runs = (await packs.json<RunList>(['runs']))?.runs ?? [];
        const names = new Map(runs.map((run) => [run.id, run.name]));
        const text = await scalars.file(wanted, accept, (run) => names.get(run) ?? '');
        return new Response(text, { headers: { 'content-type': accept } });
      }
      case 'scalars/stats':
        return Response.json({ series: await scalars.stats(body<ScalarStatsQuery>()) });
      case 'curves':
        return Response.json(await curves(packs, body<CurveQuery>()));
      case 'hparams': {
        const found = await hparams(packs, body<HparamsQuery>());
        return found ? Response.json(found) : refusal('the snapshot holds no hyperparameters');
      }
      case 'histograms': {
        const found = await histogram(packs, query);
        return found ? response(found) : refusal('the snapshot does not hold this histogram');
      }
      case 'projection': {
        const { run, name, method, spherize } = body<ProjectionRequest>();
        const found = await packs.find(['projection', run ?? '', name, method, spherize ? 1 : 0]);
        return found
          ? response(found)
          : refusal('projections other than the principal components need a server');
      }
      case 'trace/operators':
      case 'trace/kernels': {
        const found = await traceTable(packs, path, query);
        return found ? Response.json(found) : refusal(NO_STEP);
      }
      case 'trace/categories': {
        const found = await packs.find(keyOf(path, query));
        return found ? response(found) : refusal(NO_STEP);
      }
      default: {
        const found = await packs.find(keyOf(path, query));
        return found ? response(found) : refusal(`the snapshot does not hold ${path} of these names`);
      }
    }
  }

  return async (url, init) => {
    const asked = new URL(url);
    const path = url.startsWith(root) ? url.slice(root.length).replace(/\?.*$/s, '') : url;
    try {
      return await answer(decodeURIComponent(path), asked.searchParams, init);
    } catch (error) {
      return refusal(error instanceof Error ? error.message : String(error));
    }
  };
}

/** The key of a request that was recorded as it is asked. */
function keyOf(path: string, query: URLSearchParams): Key {
  return [path, ...[...query].sort(byName).flat()];
}

function byName([a]: [string, string], [b]: [string, string]): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function response({ bytes, type }: Recorded): Response {
  return new Response(bytes, { headers: { 'content-type': type } });
}

/** The recording with as many steps as are asked for, else the one with most. */
async function histogram(packs: Packs, query: URLSearchParams): Promise<Recorded | null> {
  const key = (steps: number): Key => [
    'histograms',
    query.get('run') ?? '',
    query.get('tag') ?? '',
    Number(query.get('bins') ?? 0),
    steps,
  ];
  const asked = Number(query.get('max_steps') ?? 0);
  // Recorded are the numbers of steps that the page asks for, up to the first that holds all.
  for (const steps of [asked, 400, 100, 51]) {
    const found = steps > 0 && (steps <= asked || steps === 51) ? await packs.find(key(steps)) : null;
    if (found) return found;
  }
  return null;
}

/** Of each series its curve at the step, as the server chooses it. */
async function curves(packs: Packs, query: CurveQuery): Promise<CurveList> {
  const series = await Promise.all(
    query.series.map(async ({ run, plugin, tag }): Promise<CurveSeries[]> => {
      const at = (step: number | null) => packs.json<CurveList>(['curves', run, plugin, tag, step]);
      const newest = (await at(null))?.series[0];
      if (!newest) return [];
      let chosen = newest;
      if (query.step != null) {
        const { step } = query;
        const place = newest.steps.findLastIndex((other) => other <= step);
        const found = (await at(newest.steps[Math.max(0, place)] ?? step))?.series[0];
        chosen = found ?? newest;
      }
      return [query.superseded ? chosen : { ...chosen, superseded: [] }];
    }),
  );
  return { series: series.flat() };
}

/** The metrics that are asked for, of all that were recorded. */
async function hparams(packs: Packs, { metrics = [] }: HparamsQuery): Promise<Hparams | null> {
  if (metrics.length === 0) return packs.json<Hparams>(['hparams', 'shown']);
  const all = await packs.json<Hparams>(['hparams', 'all']);
  if (!all) return null;
  const asked = metrics.flatMap((metric) =>
    all.metrics.filter(
      (other) => !other.declared && other.tag === metric.tag && other.group === (metric.group ?? ''),
    ),
  );
  return { ...all, metrics: [...all.metrics.filter((metric) => metric.declared), ...asked] };
}
