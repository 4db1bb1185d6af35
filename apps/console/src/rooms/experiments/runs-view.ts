import type { RunFields } from '@crisol/contracts';
import { computed, ref, shallowRef, watch, type ComputedRef } from 'vue';
import { useUrlChange, useUrlState } from '../../shared/api/url-state';
import type { GridSort } from '../../shared/ui/virtual-grid';
import { defaultColumns, nameField, readColumns, writeColumns, type ColumnChoice } from './column-choice';
import { readBrushes, within, writeBrushes, type Brushes } from './parallel-axes';
import { differing, groupsOf, itemsOf, type RunTable } from './run-columns';
import { orderTerm, readField } from './run-field';
import { remember, remembered } from './remembered';
import { useFreshRuns, useNewRuns, useRunTable, type RunChoice, type TableQuestion } from './runs.queries';

/** Fields that the page itself reads, chosen or not. */
const ownFields = [nameField, 'attributes.state', 'attributes.startedAt'] as const;
/** As many runs are followed while they run; more would be a table of their own. */
const mostFollowed = 100;

export interface RunsViewOptions {
  readonly experiments: ComputedRef<readonly string[]>;
  /** Names the remembered columns. */
  readonly key: ComputedRef<string>;
  readonly fields: ComputedRef<RunFields | undefined>;
  /** More fields that something on the page needs, such as a chart. */
  readonly extra: ComputedRef<readonly string[]>;
  readonly ready: ComputedRef<boolean>;
}

/** All that a table of runs is by its address: which runs, columns, order, groups, brushes. */
export function useRunsView(options: RunsViewOptions) {
  const change = useUrlChange();
  const filter = useUrlState<string>('filter', '');
  const lifecycle = useUrlState<'active' | 'deleted'>('lifecycle', 'active');
  const sortText = useUrlState<string>('sort', '');
  const columnText = useUrlState<string>('columns', '');
  const onlyDiffering = useUrlState<'' | '1'>('differ', '');
  const groupBy = useUrlState<string>('group', '');
  const brushText = useUrlState<string>('brush', '');

  const stored = ref('');
  watch(options.key, (key) => (stored.value = remembered(`runs.columns.${key}`)), { immediate: true });
  const columns = computed<ColumnChoice>({
    get: () => readColumns(columnText.value) ?? readColumns(stored.value) ?? defaultColumns(options.fields.value),
    set: (choice) => {
      stored.value = writeColumns(choice);
      remember(`runs.columns.${options.key.value}`, stored.value);
      change({ columns: stored.value });
    },
  });
  function resetColumns(): void {
    stored.value = '';
    remember(`runs.columns.${options.key.value}`, '');
    change({ columns: '' });
  }
  const sort = computed<GridSort | null>({
    get: () => {
      const field = sortText.value.replace(/^-/, '');
      return readField(field) ? { id: field, descending: sortText.value.startsWith('-') } : null;
    },
    set: (value) => (sortText.value = value ? `${value.descending ? '-' : ''}${value.id}` : ''),
  });
  const brushes = computed<Brushes>({
    get: () => readBrushes(brushText.value),
    set: (value) => (brushText.value = writeBrushes(value)),
  });

  const choice = computed<RunChoice>(() => ({
    experiments: options.experiments.value,
    filter: filter.value.trim(),
    lifecycle: lifecycle.value === 'deleted' ? 'deleted' : 'active',
  }));
  // Columns stay loaded once they are: hiding one and showing it again costs no question.
  const loaded = shallowRef(new Set<string>(ownFields));
  const wanted = computed(() => [
    ...new Set([
      ...ownFields,
      ...columns.value.fields,
      ...options.extra.value,
      ...(groupBy.value ? [groupBy.value] : []),
      ...(sort.value ? [sort.value.id] : []),
      ...Object.keys(brushes.value),
    ]),
  ]);
  watch(
    wanted,
    (fields) => {
      const missing = fields.filter((field) => !loaded.value.has(field));
      if (missing.length === 0) return;
      const next = new Set([...loaded.value, ...missing]);
      // The server takes 200 columns a call; those that nobody looks at any more go first.
      loaded.value = next.size > 150 ? new Set(fields) : next;
    },
    { immediate: true },
  );
  // While all runs are here the browser orders them; only a cut needs the server's order.
  const serverSort = ref<string>(sortText.value);
  const question = computed<TableQuestion | null>(() => {
    if (!options.ready.value) return null;
    const field = serverSort.value.replace(/^-/, '');
    const term = field ? orderTerm(field, serverSort.value.startsWith('-')) : null;
    return { ...choice.value, orderBy: term ? [term] : [], fields: [...loaded.value].toSorted() };
  });
  const query = useRunTable(question);
  // A filter that the server refuses must not take the table away while it is being mended.
  const last = shallowRef<{ readonly table: RunTable; readonly askedAt: number } | null>(null);
  watch(options.key, () => (last.value = null));
  watch(query.data, (data) => data && (last.value = data), { immediate: true });
  const base = computed(() => last.value?.table ?? null);
  watch(sortText, (text) => {
    if (!base.value?.complete) serverSort.value = text;
  });
  const since = computed(() => last.value?.askedAt ?? null);
  const news = useNewRuns(choice, since);

  const followed = computed(() => {
    const table = base.value;
    if (!table || lifecycle.value === 'deleted') return [];
    return table.ids.filter((_, place) => table.value('attributes.state', place) === 'running').slice(0, mostFollowed);
  });
  const fresh = useFreshRuns(computed(() => ({ ids: followed.value, fields: [...loaded.value].toSorted() })));
  const table = computed<RunTable | null>(() => {
    const newer = fresh.data.value;
    return base.value && newer && followed.value.length ? base.value.with(newer) : base.value;
  });

  const brushed = computed(() => {
    const runs = table.value;
    if (!runs) return [];
    const all = runs.ids.map((_, place) => place);
    return Object.keys(brushes.value).length ? all.filter((place) => within(runs, brushes.value, place)) : all;
  });
  const places = computed(() => {
    const runs = table.value;
    if (!runs || !sort.value) return brushed.value;
    return runs.sorted(brushed.value, sort.value.id, sort.value.descending);
  });
  const shownFields = computed(() => {
    const runs = table.value;
    const { fields, pinned } = columns.value;
    const ordered = [...fields.filter((field) => pinned.includes(field)), ...fields.filter((field) => !pinned.includes(field))];
    if (onlyDiffering.value === '' || !runs || places.value.length < 2) return ordered;
    const unlike = new Set(differing(runs, ordered, places.value));
    return ordered.filter((field) => unlike.has(field) || field === nameField);
  });
  const opened = shallowRef<ReadonlySet<string>>(new Set<string>());
  const groups = computed(() => (table.value && groupBy.value ? groupsOf(table.value, groupBy.value, places.value) : null));
  const items = computed(() => itemsOf(places.value, groups.value, opened.value));

  return {
    filter,
    lifecycle,
    sort,
    columns,
    resetColumns,
    onlyDiffering,
    groupBy,
    brushes,
    choice,
    query,
    news,
    table,
    brushed,
    places,
    shownFields,
    groups,
    opened,
    items,
  };
}
