// Runs taken together: by a hyperparameter's value, or by what a regular expression finds in their names.
import type { GroupBand, Run } from '$lib/api/model';
import { snapshot } from '$lib/api/snapshot';
import { assignLooks, dashOf, shade, type Look } from '$lib/format/colors';
import { compareNames } from '$lib/format/names';
import { PALETTES } from '$lib/format/palette';
import { compareValues, hparamKey, shownText, valueOf, type Value } from '$lib/hparams/values';
import { t } from '$lib/i18n/index.svelte';
import type { RunStyle } from './colors.svelte';
import { hparams } from './hparams.svelte';
import { selection } from './selection.svelte';
import { theme } from './theme.svelte';
import { url } from './url.svelte';

export type GroupBy = { kind: 'hparam'; name: string } | { kind: 'regex'; pattern: string };

export const BANDS = ['std', 'min_max', 'confidence', 'none'] as const;
export type BandChoice = GroupBand | 'none';

export interface RunGroup {
  /** Unique among the groups. */
  key: string;
  label: string;
  style: RunStyle;
  runs: readonly Run[];
}

const REGEX = 'r:';
const NO_GROUP = '';

/** What a run is grouped under; the empty key for runs without a value, or that the expression does not find. */
interface Membership {
  key: string;
  value: Value;
}

class RunGroups {
  readonly #looks = new Map<string, Look>();

  readonly by = $derived.by<GroupBy | null>(() => {
    // Means and bands are the server's.
    const text = snapshot ? '' : (url.get('group') ?? '');
    if (text.startsWith(hparamKey(''))) return { kind: 'hparam', name: text.slice(hparamKey('').length) };
    if (text.startsWith(REGEX)) return { kind: 'regex', pattern: text.slice(REGEX.length) };
    return null;
  });
  readonly #regex = $derived.by<{ regex: RegExp | null; error: string | null }>(() => {
    if (this.by?.kind !== 'regex') return { regex: null, error: null };
    try {
      return { regex: new RegExp(this.by.pattern), error: null };
    } catch (error) {
      return { regex: null, error: error instanceof Error ? error.message : String(error) };
    }
  });
  /** Why the regular expression is none; null when it is one. */
  readonly error = $derived(this.#regex.error);
  /** Whether runs are taken together. */
  readonly active = $derived(this.by !== null && this.error === null);
  readonly band = $derived<BandChoice>(BANDS.find((band) => band === url.get('band')) ?? 'std');

  /** The values of the hyperparameter that groups; null while it is not known. */
  readonly #values = $derived.by<readonly Value[] | null>(() => {
    const { by } = this;
    if (by?.kind !== 'hparam') return null;
    const column = hparams.data?.columns.find(({ name }) => name === by.name);
    return column ? column.values.map(valueOf) : null;
  });

  set(by: GroupBy | null): void {
    const text = by && (by.kind === 'hparam' ? hparamKey(by.name) : REGEX + by.pattern);
    url.set('group', text);
  }
  setBand(band: BandChoice): void {
    url.set('band', band === 'std' ? null : band);
  }

  #membership(run: Run): Membership {
    if (this.by?.kind === 'regex') {
      const match = this.#regex.regex?.exec(run.name);
      if (!match) return { key: NO_GROUP, value: null };
      const value =
        match.length > 1
          ? match
              .slice(1)
              .map((part) => part ?? '')
              .join(' · ')
          : match[0];
      return { key: `string ${value}`, value };
    }
    const place = hparams.placeOf(run.id);
    const value = place === undefined ? null : (this.#values?.[place] ?? null);
    return { key: value === null ? NO_GROUP : `${typeof value} ${value}`, value };
  }

  /** Names the group of a run. */
  keyOf(run: Run): string {
    return this.#membership(run).key;
  }

  /** The groups of these runs in the order of their values; those without a value come last. */
  of(runs: readonly Run[]): RunGroup[] {
    const found = new Map<string, { value: Value; runs: Run[] }>();
    for (const run of runs) {
      const { key, value } = this.#membership(run);
      const group = found.get(key);
      if (group) group.runs.push(run);
      else found.set(key, { value, runs: [run] });
    }
    const groups = [...found].sort(([a, left], [b, right]) => {
      if (left.value === null || right.value === null)
        return Number(left.value === null) - Number(right.value === null);
      return compareValues(left.value, right.value) || compareNames(a, b);
    });
    // Looks are kept on purpose: a group that has a colour keeps it when others come.
    assignLooks(
      groups.map(([key]) => key),
      this.#looks,
    );
    return groups.map(([key, group]) => ({
      key,
      label: group.value === null ? t('groups.missing') : shownText(group.value),
      style: this.#style(key),
      runs: group.runs,
    }));
  }

  #style(key: string): RunStyle {
    const look = this.#looks.get(key) ?? { hue: 0, level: 0 };
    const base = PALETTES[theme.dark ? 'dark' : 'light'][look.hue] ?? '#808080';
    return { color: shade(base, look), dash: dashOf(look) };
  }

  /** The groups of the runs that are ticked. */
  readonly shown = $derived<readonly RunGroup[]>(this.active ? this.of(selection.runs) : []);
  readonly #styles = $derived(new Map(this.shown.map(({ key, style }) => [key, style])));

  /** The look of a run's group; null for runs that are not ticked. */
  styleOf(run: Run): RunStyle | null {
    return this.#styles.get(this.keyOf(run)) ?? null;
  }
}

export const runGroups = new RunGroups();
