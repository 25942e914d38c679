// Requests to `{prefix}/api/v1`. Everything is relative to the page, so a path prefix needs no setting.
import { parseColumns, type Columns } from './columns';
import { FrameReader, type Frame } from './projection';
import { send } from './transport';
import type {
  ApiError,
  BlobSeries,
  ClassNames,
  CurveList,
  CurveQuery,
  DamageList,
  DistributionSeries,
  Embedding,
  EmbeddingList,
  EmbeddingMetric,
  EmbeddingNeighbors,
  EmbeddingUpload,
  ExplainEvent,
  ExplainQuery,
  Graph,
  GraphList,
  GraphNodeDetail,
  GraphSource,
  GraphUpload,
  GroupHeader,
  GroupQuery,
  HistogramSeries,
  Hparams,
  HparamsQuery,
  LayoutList,
  MeshHeader,
  MeshList,
  MeshSeries,
  ProjectionRequest,
  ModelList,
  ModelSummary,
  RunList,
  ScalarHeader,
  ScalarQuery,
  ScalarStatsList,
  ScalarStatsQuery,
  SentPicture,
  Sound,
  Status,
  TagList,
  TextContent,
  TextSeries,
  TraceCategory,
  TraceDetail,
  TraceHits,
  TraceKernels,
  TraceList,
  TraceOperators,
  TraceSort,
  TraceState,
  TraceWindow,
  Workspace,
} from './model';

const COLUMNS_TYPE = 'application/x-glassboard-columns';

/** The server answered, and the answer is an error. A lost connection is the browser's own `TypeError`. */
export class ApiFailure extends Error {
  override name = 'ApiFailure';
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly parameter: string | null,
  ) {
    super(message);
  }
}

/** Address of something below the API root, e.g. `blobs/…` from an answer. */
export function apiUrl(path: string, query: Record<string, string | number | undefined> = {}): string {
  const url = new URL(`api/v1/${path}`, document.baseURI);
  url.hash = '';
  for (const [key, value] of Object.entries(query)) {
    if (value !== undefined) url.searchParams.set(key, String(value));
  }
  return url.href;
}

async function request(url: string, init: RequestInit): Promise<Response> {
  const answer = await send(url, init);
  if (answer.ok) return answer;
  const body = (await answer.json().catch(() => null)) as ApiError | null;
  throw new ApiFailure(
    answer.status,
    body?.error ?? 'internal',
    body?.message ?? answer.statusText,
    body?.parameter ?? null,
  );
}

async function getJson<T>(url: string, signal?: AbortSignal): Promise<T> {
  const answer = await request(url, { signal: signal ?? null });
  return (await answer.json()) as T;
}

async function sendJson(
  method: string,
  url: string,
  body: unknown,
  options: { accept?: string; signal?: AbortSignal | undefined } = {},
): Promise<Response> {
  return request(url, {
    method,
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json', accept: options.accept ?? 'application/json' },
    signal: options.signal ?? null,
  });
}

const tableQuery = ({ ascending, ...query }: TraceTableQuery) => ({ ...query, ascending: String(ascending) });

/** Names a graph. */
export interface GraphRef {
  readonly source: GraphSource;
  readonly name: string;
  readonly tag: string;
}

/** Names an embedding: of a run, or one whose files were sent. */
export type EmbeddingRef =
  { readonly run: string; readonly name: string } | { readonly source: 'upload'; readonly name: string };

/** Which rows of a trace's table. */
export interface TraceTableQuery {
  readonly path: string;
  readonly category?: string | undefined;
  /** Position of the step. */
  readonly step?: number | undefined;
  readonly find: string;
  readonly sort: TraceSort;
  readonly ascending: boolean;
  readonly limit: number;
}

/** Which part of a trace's timeline, nanoseconds. */
export interface TraceTimelineQuery {
  readonly path: string;
  readonly from: number;
  readonly to: number;
  /** Pixels. */
  readonly width: number;
  /** Positions of lanes, with commas between them. */
  readonly lanes: string;
  readonly find: string;
}

export const api = {
  status: (signal?: AbortSignal) => getJson<Status>(apiUrl('status'), signal),
  runs: (signal?: AbortSignal) => getJson<RunList>(apiUrl('runs'), signal),
  tags: (signal?: AbortSignal) => getJson<TagList>(apiUrl('tags'), signal),
  damage: (signal?: AbortSignal) => getJson<DamageList>(apiUrl('damage'), signal),
  layouts: (signal?: AbortSignal) => getJson<LayoutList>(apiUrl('layouts'), signal),
  workspace: (signal?: AbortSignal) => getJson<Workspace>(apiUrl('workspace'), signal),

  async saveWorkspace(workspace: Workspace): Promise<void> {
    await sendJson('PUT', apiUrl('workspace'), workspace);
  },

  async scalars(query: ScalarQuery, signal?: AbortSignal): Promise<Columns<ScalarHeader>> {
    const answer = await sendJson('POST', apiUrl('scalars'), query, { accept: COLUMNS_TYPE, signal });
    return parseColumns<ScalarHeader>(await answer.arrayBuffer());
  },

  /** Every point of the series as a file: `text/csv` or `application/json`. */
  async scalarFile(query: ScalarQuery, type: 'text/csv' | 'application/json'): Promise<Blob> {
    return (await sendJson('POST', apiUrl('scalars'), query, { accept: type })).blob();
  },

  /** Mean and band of groups of runs. */
  async scalarGroups(query: GroupQuery, signal?: AbortSignal): Promise<Columns<GroupHeader>> {
    const answer = await sendJson('POST', apiUrl('scalars/groups'), query, { accept: COLUMNS_TYPE, signal });
    return parseColumns<GroupHeader>(await answer.arrayBuffer());
  },

  async scalarStats(query: ScalarStatsQuery, signal?: AbortSignal): Promise<ScalarStatsList> {
    const answer = await sendJson('POST', apiUrl('scalars/stats'), query, { signal });
    return (await answer.json()) as ScalarStatsList;
  },

  images: (run: string, tag: string, signal?: AbortSignal) =>
    getJson<BlobSeries>(apiUrl('images', { run, tag }), signal),

  audio: (run: string, tag: string, signal?: AbortSignal) =>
    getJson<BlobSeries>(apiUrl('audio', { run, tag }), signal),

  /** What was logged beside a sound; `url` is one of [`BlobStep.about`]. */
  sound: (url: string, signal?: AbortSignal) => getJson<Sound>(apiUrl(url), signal),

  async curves(query: CurveQuery, signal?: AbortSignal): Promise<CurveList> {
    const answer = await sendJson('POST', apiUrl('curves'), query, { signal });
    return (await answer.json()) as CurveList;
  },

  async hparams(query: HparamsQuery, signal?: AbortSignal): Promise<Hparams> {
    const answer = await sendJson('POST', apiUrl('hparams'), query, { signal });
    return (await answer.json()) as Hparams;
  },

  graphs: (signal?: AbortSignal) => getJson<GraphList>(apiUrl('graphs'), signal),

  /** `metadata`: tag of the run metadata whose time and memory are wanted; empty for none. */
  graph: ({ source, name, tag }: GraphRef, metadata: string, signal?: AbortSignal) =>
    getJson<Graph>(apiUrl('graph', { source, name, tag, metadata }), signal),

  graphNode: ({ source, name, tag }: GraphRef, node: number, signal?: AbortSignal) =>
    getJson<GraphNodeDetail>(apiUrl('graph/node', { source, name, tag, node }), signal),

  /** Sends a model file; its graph, and with `keep` the file, is kept in the server's memory for a while. */
  async uploadModel(file: File, keep = false): Promise<GraphUpload> {
    const answer = await request(apiUrl('graph/upload', { name: file.name, keep: String(keep) }), {
      method: 'POST',
      body: file,
      headers: { 'content-type': 'application/octet-stream' },
    });
    return (await answer.json()) as GraphUpload;
  },

  embeddings: (signal?: AbortSignal) => getJson<EmbeddingList>(apiUrl('embeddings'), signal),

  embedding: (ref: EmbeddingRef, signal?: AbortSignal) =>
    getJson<Embedding>(apiUrl('embedding', { ...ref }), signal),

  /** Sends vectors, or vectors and metadata in either order; the server keeps them in memory for a while. */
  async uploadEmbedding(file: File, other?: File): Promise<EmbeddingUpload> {
    const second = other && { other: other.name, bytes: file.size };
    const answer = await request(apiUrl('embedding/upload', { name: file.name, ...second }), {
      method: 'POST',
      body: other ? new Blob([file, other]) : file,
      headers: { 'content-type': 'application/octet-stream' },
    });
    return (await answer.json()) as EmbeddingUpload;
  },

  /** `version`: of [`EmbeddingSprite`]; the browser may keep the picture. */
  spriteUrl: (ref: EmbeddingRef, version: string) => apiUrl('embedding/sprite', { ...ref, v: version }),

  sprite: async (ref: EmbeddingRef, version: string, signal: AbortSignal): Promise<Blob> =>
    (await request(api.spriteUrl(ref, version), { signal })).blob(),

  embeddingBookmarks: (ref: EmbeddingRef, signal?: AbortSignal) =>
    getJson<unknown>(apiUrl('embedding/bookmarks', { ...ref }), signal),

  embeddingNeighbors: (
    ref: EmbeddingRef,
    query: { point: number; k: number; metric: EmbeddingMetric },
    signal?: AbortSignal,
  ) => getJson<EmbeddingNeighbors>(apiUrl('embedding/neighbors', { ...ref, ...query }), signal),

  /** Projects an embedding and hands on each frame as it comes; aborting stops the server's work. */
  async project(
    query: ProjectionRequest,
    onframe: (frame: Frame) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const answer = await sendJson('POST', apiUrl('projection'), query, {
      accept: 'application/x-glassboard-projection',
      signal,
    });
    const reader = answer.body?.getReader();
    const frames = new FrameReader();
    while (reader) {
      const { done, value } = await reader.read();
      if (done) break;
      frames.push(value).forEach(onframe);
    }
    if (!frames.done) throw new Error('the answer ended within a frame');
  },

  meshes: (signal?: AbortSignal) => getJson<MeshList>(apiUrl('meshes'), signal),

  mesh: (run: string, name: string, signal?: AbortSignal) =>
    getJson<MeshSeries>(apiUrl('mesh', { run, name }), signal),

  /** One mesh of a batch; `url` is [`MeshStep.url`]. */
  async meshData(url: string, sample: number, signal?: AbortSignal): Promise<Columns<MeshHeader>> {
    const answer = await request(apiUrl(url, { sample }), { signal: signal ?? null });
    return parseColumns<MeshHeader>(await answer.arrayBuffer());
  },

  traces: (signal?: AbortSignal) => getJson<TraceList>(apiUrl('traces'), signal),

  /** Begins to read a trace, and says how far that is. */
  trace: (path: string, signal?: AbortSignal) => getJson<TraceState>(apiUrl('trace', { path }), signal),

  async cancelTrace(path: string): Promise<void> {
    await request(apiUrl('trace/cancel', { path }), { method: 'POST' });
  },

  traceCategories: (path: string, step: number, signal?: AbortSignal) =>
    getJson<TraceCategory[]>(apiUrl('trace/categories', { path, step }), signal),

  traceOperators: (query: TraceTableQuery, signal?: AbortSignal) =>
    getJson<TraceOperators>(apiUrl('trace/operators', tableQuery(query)), signal),

  traceKernels: (query: TraceTableQuery, signal?: AbortSignal) =>
    getJson<TraceKernels>(apiUrl('trace/kernels', tableQuery(query)), signal),

  async traceTimeline(query: TraceTimelineQuery, signal?: AbortSignal): Promise<Columns<TraceWindow>> {
    const answer = await request(apiUrl('trace/timeline', { ...query }), { signal: signal ?? null });
    return parseColumns<TraceWindow>(await answer.arrayBuffer());
  },

  traceSearch: (path: string, find: string, signal?: AbortSignal) =>
    getJson<TraceHits>(apiUrl('trace/search', { path, find }), signal),

  traceEvent: (path: string, event: number, signal?: AbortSignal) =>
    getJson<TraceDetail>(apiUrl('trace/event', { path, event }), signal),

  models: (signal?: AbortSignal) => getJson<ModelList>(apiUrl('models'), signal),

  /** `input`: shapes of the inputs, `;` between them; empty for those of the file. */
  model: (source: GraphSource, name: string, input: string, signal?: AbortSignal) =>
    getJson<ModelSummary>(apiUrl('model', { source, name, input }), signal),

  /** Sends a picture, or an input as a model takes it (`.npy`); it is kept in the server's memory for a while. */
  async sendPicture(picture: Blob): Promise<SentPicture> {
    const answer = await request(apiUrl('model/picture'), {
      method: 'POST',
      body: picture,
      headers: { 'content-type': 'application/octet-stream' },
    });
    return (await answer.json()) as SentPicture;
  },

  /** Names of classes in a file: a line each, or JSON. */
  async readLabels(file: Blob): Promise<ClassNames> {
    const answer = await request(apiUrl('model/labels'), {
      method: 'POST',
      body: file,
      headers: { 'content-type': 'text/plain' },
    });
    return (await answer.json()) as ClassNames;
  },

  /** Has something computed; `take` is given each line as it comes. Aborting stops the computation. */
  async explain(
    query: ExplainQuery,
    signal: AbortSignal,
    take: (event: ExplainEvent) => void,
  ): Promise<void> {
    const answer = await sendJson('POST', apiUrl('model/explain'), query, {
      accept: 'application/x-ndjson',
      signal,
    });
    const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
    let rest = '';
    for (;;) {
      const part = await reader?.read();
      const lines = (rest + (part?.value ?? '')).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) take(JSON.parse(line) as ExplainEvent);
      if (!part || part.done) return;
    }
  },

  /** What was computed; `url` is one of [`ExplainTile`]'s. */
  async result(url: string, signal?: AbortSignal): Promise<Blob> {
    return (await request(apiUrl(url), { signal: signal ?? null })).blob();
  },

  histograms: (
    run: string,
    tag: string,
    options: { bins?: number; max_steps?: number } = {},
    signal?: AbortSignal,
  ) => getJson<HistogramSeries>(apiUrl('histograms', { run, tag, ...options }), signal),

  distributions: (run: string, tag: string, options: { max_steps?: number } = {}, signal?: AbortSignal) =>
    getJson<DistributionSeries>(apiUrl('distributions', { run, tag, ...options }), signal),

  texts: (run: string, tag: string, signal?: AbortSignal) =>
    getJson<TextSeries>(apiUrl('texts', { run, tag }), signal),

  /** One text; `url` is [`TextStep.url`]. */
  text: (url: string, signal?: AbortSignal) => getJson<TextContent>(apiUrl(url), signal),
};
