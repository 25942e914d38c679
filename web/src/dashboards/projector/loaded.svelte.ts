// What is loaded: which embeddings there are, the one that is shown, and what belongs to it.
import { api, type EmbeddingRef } from '$lib/api/client';
import type { Embedding, EmbeddingEntry, EmbeddingList, EmbeddingNeighbors } from '$lib/api/model';
import { snapshot } from '$lib/api/snapshot';
import { t } from '$lib/i18n/index.svelte';
import { server } from '$lib/state/server.svelte';
import { stepLink } from '$lib/state/steplink.svelte';
import { indexToShow } from '$lib/widgets/steps';
import { readBookmarks, type Bookmark } from './bookmarks';
import { settings } from './settings.svelte';
import { loadSprite, type SpriteImage } from './sprite';

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

type Choice = { readonly run: string; readonly tag: string } | { readonly upload: string };

/** Names an embedding that can be chosen, whatever its step. */
const keyOf = (choice: Choice) =>
  JSON.stringify('upload' in choice ? [choice.upload] : [choice.run, choice.tag]);

/** Made where a component begins: it ends with it. */
export class Loaded {
  #list = $state.raw<EmbeddingList | null>(null);
  #got = $state.raw<{ key: string; embedding: Embedding } | null>(null);
  #failure = $state<string | null>(null);
  #sprite = $state.raw<SpriteImage | null>(null);
  #near = $state.raw<EmbeddingNeighbors | null>(null);
  /** Address of a snapshot's sprite, which has none until it is given one. */
  #recorded = $state<string | null>(null);
  bookmarks = $state.raw<readonly Bookmark[]>([]);
  #bookmarksFailure = $state<string | null>(null);

  /** Embeddings that were sent from this page: their names, and those of their files. */
  #sent = $state.raw<readonly { name: string; file: string }[]>([]);
  #sending = $state(false);

  readonly #tags = $derived.by(() => {
    const found = new Map<string, { run: string; tag: string }>();
    for (const { run, tag } of this.#list?.embeddings ?? []) found.set(keyOf({ run, tag }), { run, tag });
    return found;
  });
  /** The embedding of a run that is shown, at all its steps. */
  readonly place = $derived.by(() => {
    const { run, tag, upload } = settings;
    if (upload !== null) return null;
    if (run !== null && tag !== null) return this.#tags.get(keyOf({ run, tag })) ?? null;
    return this.#tags.values().next().value ?? null;
  });
  readonly #versions = $derived<readonly EmbeddingEntry[]>(
    this.#list?.embeddings.filter(({ run, tag }) => run === this.place?.run && tag === this.place.tag) ?? [],
  );
  readonly steps = $derived(this.#versions.map(({ step }) => step ?? 0));
  /** The step that is asked for; null: the newest. */
  readonly wanted = $derived(
    this.place ? stepLink.wanted(settings.steps, this.place.run, this.place.tag) : null,
  );
  readonly index = $derived(indexToShow(this.steps, this.wanted));
  readonly #entry = $derived(this.#versions[this.index] ?? null);
  /** As text, so that a new list of the same embeddings is no change. */
  readonly #key = $derived.by(() => {
    if (settings.upload !== null) return JSON.stringify({ source: 'upload', name: settings.upload });
    return this.#entry && JSON.stringify({ run: this.#entry.run, name: this.#entry.name });
  });
  /** What is asked for. */
  readonly ref = $derived(this.#key === null ? null : (JSON.parse(this.#key) as EmbeddingRef));
  readonly embedding = $derived(
    this.#got !== null && this.#got.key === this.#key ? this.#got.embedding : null,
  );
  readonly notices = $derived([...(this.#list?.notices ?? []), ...(this.embedding?.notices ?? [])]);
  readonly chosen = $derived(this.#there(settings.chosen));
  readonly isolated = $derived(this.#there(settings.isolated));
  /** The point that alone is chosen. */
  readonly one = $derived(this.chosen.length === 1 ? (this.chosen[0] ?? null) : null);
  /** Address of the sprite. */
  readonly picture = $derived.by(() => {
    if (snapshot) return this.#recorded;
    const sprite = this.embedding?.sprite;
    return this.ref && sprite ? api.spriteUrl(this.ref, sprite.version) : null;
  });
  readonly #spriteVersion = $derived(this.embedding?.sprite?.version);

  constructor() {
    $effect(() => {
      void this.#fetchList();
      return server.onChange((change) => {
        if (change.projectors_changed || change.runs_changed) void this.#fetchList();
      });
    });
    $effect(() => {
      // A new list may mean new files behind the same name.
      void this.#list;
      this.#failure = null;
      return this.#follow(async (ref, signal, key) => {
        const embedding = await api.embedding(ref, signal);
        if (!signal.aborted) this.#got = { key, embedding };
      });
    });
    $effect(() => {
      const version = this.#spriteVersion;
      if (!snapshot || version === undefined) return;
      let address: string | null = null;
      const end = this.#follow(async (ref, signal) => {
        const blob = await api.sprite(ref, version, signal);
        if (!signal.aborted) this.#recorded = address = URL.createObjectURL(blob);
      });
      return () => {
        end?.();
        this.#recorded = null;
        if (address !== null) URL.revokeObjectURL(address);
      };
    });
    $effect(() => {
      const { embedding, picture } = this;
      if (!embedding?.sprite || picture === null || !settings.sprites) {
        this.#sprite = null;
        return;
      }
      const { sprite, points } = embedding;
      return this.#follow(async (_ref, signal) => {
        const image = await loadSprite(sprite, picture, points);
        if (!signal.aborted) this.#sprite = image;
      });
    });
    $effect(() => {
      this.#near = null;
      const { one } = this;
      if (one === null || snapshot) return;
      const query = { point: one, k: settings.near, metric: settings.metric };
      return this.#follow(async (ref, signal) => {
        const near = await api.embeddingNeighbors(ref, query, signal);
        if (!signal.aborted) this.#near = near;
      });
    });
    $effect(() => {
      this.bookmarks = [];
      this.#bookmarksFailure = null;
      if (!this.embedding?.has_bookmarks) return;
      const { points } = this.embedding;
      return this.#follow(
        async (ref, signal) => {
          const bookmarks = readBookmarks(await api.embeddingBookmarks(ref, signal), points);
          if (!signal.aborted) this.bookmarks = bookmarks;
        },
        (message) => (this.#bookmarksFailure = t('projector.notice.bookmarks', { message })),
      );
    });
  }

  get list(): EmbeddingList | null {
    return this.#list;
  }
  get failure(): string | null {
    return this.#failure;
  }
  get sprite(): SpriteImage | null {
    return this.#sprite;
  }
  /** Nearest to the one point that is chosen. */
  get near(): EmbeddingNeighbors | null {
    return this.#near;
  }
  get bookmarksFailure(): string | null {
    return this.#bookmarksFailure;
  }

  /** Whether files are on their way. */
  get sending(): boolean {
    return this.#sending;
  }

  /** What can be chosen from, and what is. */
  get choices(): { value: string; label: string }[] {
    const runs = [...this.#tags].map(([value, { run, tag }]) => ({
      value,
      label: run === '.' ? tag : `${run} · ${tag}`,
    }));
    const sent = this.#sent.map(({ name, file }) => ({ value: keyOf({ upload: name }), label: file }));
    const { upload } = settings;
    // Sent from another page, or before this one was loaded again.
    if (upload !== null && !this.#sent.some(({ name }) => name === upload))
      sent.push({ value: keyOf({ upload }), label: this.embedding?.file_name ?? t('projector.sent') });
    return [...runs, ...sent];
  }
  get choice(): string | null {
    const { upload } = settings;
    return upload !== null ? keyOf({ upload }) : this.place && keyOf(this.place);
  }
  choose(key: string): void {
    const [first = '', tag] = JSON.parse(key) as string[];
    settings.show(tag === undefined ? { upload: first } : { run: first, tag });
  }
  /** What is shown, in the names of files. */
  get names(): string[] {
    return this.place ? [this.place.run, this.place.tag] : [this.embedding?.file_name ?? ''];
  }
  /** What is shown, in a heading. */
  get title(): string {
    return this.#entry ? `${this.#entry.run} · ${this.#entry.name}` : (this.embedding?.file_name ?? '');
  }

  /** Sends files of a person's own, and shows what is in them. */
  async send(files: readonly File[]): Promise<void> {
    const [file, other, more] = files;
    if (!file || this.#sending) return;
    this.#failure = null;
    if (more) {
      this.#failure = t('projector.open.many', { n: files.length });
      return;
    }
    this.#sending = true;
    try {
      const { name, file_name } = await api.uploadEmbedding(file, other);
      this.#sent = [...this.#sent, { name, file: file_name }];
      settings.show({ upload: name });
    } catch (error) {
      this.#failure = messageOf(error);
    }
    this.#sending = false;
  }

  /** Adds the bookmarks of a file. */
  async addBookmarks(file: File): Promise<void> {
    try {
      const more = readBookmarks(JSON.parse(await file.text()), this.embedding?.points ?? 0);
      this.bookmarks = [...this.bookmarks, ...more];
      this.#bookmarksFailure = null;
    } catch (error) {
      this.#bookmarksFailure = t('projector.notice.bookmarks', { message: messageOf(error) });
    }
  }

  /** The points that this embedding has: links come from others, too. */
  #there(points: readonly number[]): readonly number[] {
    const count = this.embedding?.points ?? 0;
    return points.every((point) => point < count) ? points : points.filter((point) => point < count);
  }

  async #fetchList(): Promise<void> {
    try {
      this.#list = await api.embeddings();
    } catch (error) {
      this.#failure = messageOf(error);
    }
  }

  /** Does something for the embedding that is shown, and tells what goes wrong; the answer takes it back. */
  #follow(
    work: (ref: EmbeddingRef, signal: AbortSignal, key: string) => Promise<void>,
    tell: (message: string) => void = (message) => (this.#failure = message),
  ): (() => void) | undefined {
    const key = this.#key;
    if (key === null) return undefined;
    const abort = new AbortController();
    work(JSON.parse(key) as EmbeddingRef, abort.signal, key).catch((error: unknown) => {
      if (!abort.signal.aborted) tell(messageOf(error));
    });
    return () => abort.abort();
  }
}
