// What all views of the dashboard show: the columns and the sessions that are left after filtering.
import type { HparamSession } from '$lib/api/model';
import { t } from '$lib/i18n/index.svelte';
import { hparamColumns, metricColumns, sortedPlaces, type Column, type Value } from '$lib/hparams/values';
import { hparams } from '$lib/state/hparams.svelte';
import { selection } from '$lib/state/selection.svelte';
import { workspace } from '$lib/state/workspace.svelte';
import { filtered } from './filters';
import { settings } from './settings.svelte';

const NO_SESSIONS: readonly HparamSession[] = [];

class Board {
  readonly sessions = $derived<readonly HparamSession[]>(hparams.data?.sessions ?? NO_SESSIONS);

  /** Every column there is, in the order of the table. */
  readonly columns = $derived.by<readonly Column[]>(() => {
    const data = hparams.data;
    if (!data) return [];
    const fact = (key: string, title: string, kind: Column['kind'], values: Value[]): Column => ({
      key,
      name: key,
      title,
      description: '',
      role: 'fact',
      kind,
      values,
    });
    const { sessions } = data;
    const all: Column[] = [
      fact(
        'run',
        t('hparams.column.run'),
        'text',
        sessions.map(({ name }) => workspace.label(name)),
      ),
      fact(
        'status',
        t('hparams.column.status'),
        'status',
        sessions.map(({ status }) => status),
      ),
      ...hparamColumns(data),
      ...metricColumns(data, settings.aggregation),
      fact(
        'start',
        t('hparams.column.start'),
        'time',
        sessions.map((session) => session.start_time_secs),
      ),
      fact(
        'duration',
        t('hparams.column.duration'),
        'duration',
        sessions.map((session) => session.duration_secs),
      ),
    ];
    if (sessions.some((session) => session.group_name !== '')) {
      const names = sessions.map((session) => session.group_name || null);
      all.push(fact('group', t('hparams.column.group'), 'text', names));
    }
    return all;
  });
  readonly byKey = $derived(new Map(this.columns.map((column) => [column.key, column])));
  /** The columns that are not hidden, in the order a person gave them; the run always comes first. */
  readonly shown = $derived.by<readonly Column[]>(() => {
    const visible = this.columns.filter(({ key }) => key === 'run' || !settings.hidden.has(key));
    const rank = new Map(settings.order.map((key, index) => [key, index]));
    if (rank.size === 0) return visible;
    const place = (key: string) => (key === 'run' ? -1 : (rank.get(key) ?? rank.size));
    return [...visible].sort((a, b) => place(a.key) - place(b.key));
  });
  /** Hyperparameters and metrics that are shown: what axes can be made of. */
  readonly axes = $derived(this.shown.filter(({ role }) => role !== 'fact'));
  readonly metrics = $derived(this.columns.filter(({ role }) => role === 'metric'));
  /** The metric that colours lines and that importance is about. */
  readonly target = $derived(
    this.metrics.find(({ key }) => key === settings.target) ??
      this.metrics.find(({ key }) => !settings.hidden.has(key)) ??
      this.metrics[0],
  );

  /** Places of the sessions of which a run is ticked. */
  readonly selected = $derived.by(() => {
    const { ids } = selection;
    return this.sessions.flatMap((session, place) =>
      session.runs.some((run) => ids.has(run)) ? [place] : [],
    );
  });
  /** Of these, the ones for which all filters hold. */
  readonly passing = $derived(filtered(this.selected, this.byKey, settings.filters));
  /** In the order of the table. */
  readonly rows = $derived.by(() => {
    const column = settings.sort && this.byKey.get(settings.sort.key);
    if (!column) return this.passing;
    const values = this.passing.map((place) => column.values[place] ?? null);
    return sortedPlaces(values, settings.sort?.descending === true).map((at) => this.passing[at] as number);
  });
}

export const board = new Board();
