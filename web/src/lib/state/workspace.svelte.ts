// What a person changes about runs, kept beside the logs; in the browser when that folder is read-only.
import { api } from '$lib/api/client';
import type { RunSettings, Workspace } from '$lib/api/model';
import { readSetting, writeSetting } from './settings';
import { server } from './server.svelte';

const SAVE_DELAY_MS = 400;

function browserKey(logdir: string): string {
  return `workspace:${logdir}`;
}

function isDefault(settings: RunSettings): boolean {
  return (
    !settings.alias &&
    !settings.color &&
    !settings.note &&
    !settings.tags?.length &&
    !settings.hidden &&
    !settings.pinned
  );
}

class WorkspaceState {
  #workspace = $state.raw<Workspace>({});
  #timer: ReturnType<typeof setTimeout> | undefined;
  #failure = $state<string | null>(null);
  #loaded = $state(false);

  get pinnedTags(): readonly string[] {
    return this.#workspace.pinned_tags ?? [];
  }
  get baseline(): string | null {
    return this.#workspace.baseline ?? null;
  }
  /** Whether what is kept has been read. */
  get loaded(): boolean {
    return this.#loaded;
  }
  /** Why the last save did not work. */
  get failure(): string | null {
    return this.#failure;
  }

  run(name: string): RunSettings {
    return this.#workspace.runs?.[name] ?? {};
  }
  /** Name to show for a run. */
  label(name: string): string {
    return this.run(name).alias || name;
  }

  updateRun(name: string, change: Partial<RunSettings>): void {
    const next = { ...this.run(name), ...change };
    const others = Object.entries(this.#workspace.runs ?? {}).filter(([other]) => other !== name);
    this.#change({ runs: Object.fromEntries(isDefault(next) ? others : [...others, [name, next]]) });
  }
  setBaseline(name: string | null): void {
    this.#change({ baseline: name });
  }
  togglePinnedTag(tag: string): void {
    const pinned = this.pinnedTags;
    this.#change({
      pinned_tags: pinned.includes(tag) ? pinned.filter((item) => item !== tag) : [...pinned, tag],
    });
  }
  clearPinnedTags(): void {
    this.#change({ pinned_tags: [] });
  }

  /** Reads what is kept. The status says whether the server can keep it, so it comes first. */
  async load(): Promise<void> {
    try {
      const kept = await api.workspace();
      const status = server.status ?? (await api.status());
      const inBrowser = status.workspace_writable
        ? {}
        : readSetting<Workspace>(browserKey(status.logdir), {});
      this.#workspace = { ...kept, ...inBrowser };
      this.#loaded = true;
    } catch {
      // Lost connection or no token: the frame says so, and calls again when the server is back.
    }
  }

  #change(change: Partial<Workspace>): void {
    this.#workspace = { ...this.#workspace, ...change };
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#save(), SAVE_DELAY_MS);
  }

  async #save(): Promise<void> {
    this.#failure = null;
    if (!server.status?.workspace_writable) {
      writeSetting(browserKey(server.status?.logdir ?? ''), this.#workspace);
      return;
    }
    try {
      await api.saveWorkspace(this.#workspace);
    } catch (error) {
      this.#failure = error instanceof Error ? error.message : String(error);
      writeSetting(browserKey(server.status?.logdir ?? ''), this.#workspace);
    }
  }
}

export const workspace = new WorkspaceState();
