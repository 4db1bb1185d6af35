import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { mulberry32 } from '@crisol/statistics';
import fc from 'fast-check';
import { mlflowIdOf } from '../../../src/experiments/runs/run-ids.js';
import type { Comparison, FilterTree, OrderTerm } from '../../../src/experiments/search/filter-tree.js';
import { RunSearch } from '../../../src/experiments/search/run-search.js';
import { TrackingWorld, type TrackingProcess } from './tracking-world.js';

jest.setTimeout(120_000);

/** A run as the naive search sees it. */
interface PlainRun {
  readonly id: string;
  readonly name: string;
  readonly status: string;
  readonly startTime: number;
  readonly endTime: number | null;
  readonly metrics: Readonly<Record<string, number>>;
  readonly params: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
}

const words = ['a', 'b', 'Ab', 'x_y', '100%', "it's", ''];
const numbers = [0, 0.5, -1, 3, Number.NaN, Number.POSITIVE_INFINITY];
const statuses = { running: 'RUNNING', succeeded: 'FINISHED', failed: 'FAILED' } as const;

function like(text: string, pattern: string, fold: boolean): boolean {
  const escaped = pattern
    .replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
    .replaceAll('%', '.*')
    .replaceAll('_', '.');
  return new RegExp(`^${escaped}$`, fold ? 'isu' : 'su').test(text);
}

function compares(value: string | number | null | undefined, clause: Comparison): boolean {
  if (clause.comparator === 'IS NULL') return value === undefined;
  if (clause.comparator === 'IS NOT NULL') return value !== undefined;
  if (value === undefined || value === null) return false;
  const to = clause.value;
  switch (clause.comparator) {
    case '=':
      return value === to;
    case '!=':
      return value !== to;
    case '<':
      return Number(value) < Number(to);
    case '<=':
      return Number(value) <= Number(to);
    case '>':
      return Number(value) > Number(to);
    case '>=':
      return Number(value) >= Number(to);
    case 'LIKE':
      return like(String(value), String(to), false);
    case 'ILIKE':
      return like(String(value), String(to), true);
    case 'IN':
      return Array.isArray(to) && to.includes(String(value));
    case 'NOT IN':
      return Array.isArray(to) && !to.includes(String(value));
  }
}

function valueOf(run: PlainRun, entity: string, key: string): string | number | null | undefined {
  if (entity === 'metric') return run.metrics[key];
  if (entity === 'param') return run.params[key];
  if (entity === 'tag') return run.tags[key];
  const attributes: Record<string, string | number | null> = {
    run_id: mlflowIdOf(run.id),
    run_name: run.name,
    status: run.status,
    start_time: run.startTime,
    end_time: run.endTime,
  };
  return attributes[key];
}

function matches(run: PlainRun, tree: FilterTree): boolean {
  if (tree.kind === 'comparison') return compares(valueOf(run, tree.entity, tree.key), tree);
  return tree.kind === 'and' ? tree.parts.every((part) => matches(run, part)) : tree.parts.some((part) => matches(run, part));
}

/** Nulls last, NaN before them, in both directions. */
function orderOf(terms: readonly OrderTerm[]): (a: PlainRun, b: PlainRun) => number {
  const rank = (value: unknown) => (value === undefined || value === null ? 2 : Number.isNaN(value) ? 1 : 0);
  const plain = (a: string | number, b: string | number) => (a < b ? -1 : a > b ? 1 : 0);
  return (a, b) => {
    for (const term of terms) {
      const [left, right] = [valueOf(a, term.entity, term.key), valueOf(b, term.entity, term.key)];
      if (rank(left) !== rank(right)) return rank(left) - rank(right);
      if (rank(left) !== 0) continue;
      const found = plain(left ?? 0, right ?? 0) * (term.descending ? -1 : 1);
      if (found !== 0) return found;
    }
    return b.startTime - a.startTime || plain(a.id, b.id);
  };
}

const comparison = (ids: readonly string[]): fc.Arbitrary<Comparison> => {
  const make = (entity: Comparison['entity'], keys: string[], comparators: Comparison['comparator'][], values: Comparison['value'][]) =>
    fc.record({
      kind: fc.constant('comparison' as const),
      entity: fc.constant(entity),
      key: fc.constantFrom(...keys),
      comparator: fc.constantFrom(...comparators),
      value: fc.constantFrom(...values),
    });
  const patterns = [...words, '%', 'a%', '_', '%B', '100\\%%'];
  return fc.oneof(
    make('metric', ['m', 'n/a b', 'none'], ['=', '!=', '<', '<=', '>', '>='], [0, 0.5, -1, 2]),
    make('param', ['p', 'q r', 'none'], ['=', '!='], words),
    make('param', ['p', 'q r'], ['LIKE', 'ILIKE'], patterns),
    make('tag', ['t', 'none'], ['=', '!=', 'LIKE', 'ILIKE'], patterns),
    make('tag', ['t', 'none'], ['IS NULL', 'IS NOT NULL'], [null]),
    make('attribute', ['run_name', 'status'], ['=', '!=', 'LIKE', 'ILIKE'], ['RUNNING', 'failed', 'run 1%', 'run 3']),
    make('attribute', ['start_time', 'end_time'], ['=', '!=', '<', '>='], [0, 3, 7]),
    make('attribute', ['run_id'], ['IN', 'NOT IN'], [ids.slice(0, 2), ids.slice(3, 9), ['x']]),
    make('attribute', ['run_id'], ['=', '!=', 'LIKE'], [ids[4] ?? '', `${(ids[5] ?? '').slice(0, 30)}%`]),
  );
};

function written(tree: FilterTree, depth = 0): string {
  if (tree.kind !== 'comparison') {
    const text = tree.parts.map((part) => written(part, depth + 1)).join(` ${tree.kind.toUpperCase()} `);
    return depth === 0 || tree.parts.length === 0 ? text : `(${text})`;
  }
  const quote = (text: string) => `'${text.replaceAll("'", "''")}'`;
  const { value } = tree;
  const shown = Array.isArray(value)
    ? `(${value.map(String).map(quote).join(', ')})`
    : typeof value === 'number'
      ? String(value)
      : quote(String(value));
  return `${tree.entity}s.\`${tree.key}\` ${tree.comparator}${value === null ? '' : ` ${shown}`}`;
}

describe(RunSearch.name, () => {
  let world: TrackingWorld;
  let process: TrackingProcess;
  let experiment: string;
  const runs: PlainRun[] = [];

  beforeAll(async () => {
    world = await TrackingWorld.open();
    process = await world.process();
    experiment = await process.newExperiment();
    const random = mulberry32(7);
    const pick = <Item>(items: readonly Item[]): Item | undefined => items[Math.floor(random() * items.length)];
    for (let i = 0; i < 60; i++) {
      const startTime = Math.floor(random() * 10);
      const id = await process.newRun({}, experiment, startTime);
      const state = pick(['running', 'succeeded', 'failed'] as const) ?? 'running';
      const endTime = random() < 0.5 ? Math.floor(random() * 10) : null;
      const some = <Value>(keys: string[], values: readonly Value[]): Record<string, Value> =>
        Object.fromEntries(
          keys.flatMap((key) => (random() < 0.7 ? [[key, values[Math.floor(random() * values.length)]] as const] : [])),
        ) as Record<string, Value>; // flatMap loses the tuple
      const run: PlainRun = {
        id,
        name: `run ${i}`,
        status: statuses[state],
        startTime,
        endTime,
        metrics: some(['m', 'n/a b'], numbers),
        params: some(['p', 'q r'], words),
        tags: some(['t'], words),
      };
      runs.push(run);
      await process.metrics.add(
        id,
        Object.entries(run.metrics).map(([name, value]) => ({ name, value, step: 0, at: 1 })),
      );
      await world.query('update run set name = $2, state = $3, end_time = $4, params = $5, tags = $6 where id = $1', [
        id,
        run.name,
        state,
        endTime,
        run.params,
        run.tags,
      ]);
    }
  });
  afterAll(() => world.close());

  const found = async (filter: string, orderBy: string[], limit = 1000) => {
    const page = await process.searches.page({ experiments: [experiment], filter, orderBy, lifecycle: 'active', limit });
    return page.data.map((run) => run.id);
  };

  it('finds what a naive search finds, in its order, for whatever filter and order', async () => {
    const ids = runs.map((run) => mlflowIdOf(run.id));
    const tree = fc.letrec<{ tree: FilterTree }>((tie) => ({
      tree: fc.oneof(
        { maxDepth: 3 },
        comparison(ids),
        fc.record({ kind: fc.constantFrom('and' as const, 'or' as const), parts: fc.array(tie('tree'), { minLength: 2, maxLength: 3 }) }),
      ),
    })).tree;
    const term = fc.record({
      entity: fc.constantFrom('metric' as const, 'param' as const, 'tag' as const, 'attribute' as const),
      descending: fc.boolean(),
    });
    const keys = { metric: 'm', param: 'q r', tag: 't', attribute: 'end_time' };
    await fc.assert(
      fc.asyncProperty(tree, fc.array(term, { maxLength: 2 }), async (filter, order) => {
        const terms = order.map((one): OrderTerm => ({ ...one, key: keys[one.entity], of: 'last' }));
        const orderBy = terms.map((one) => `${one.entity}s.\`${one.key}\` ${one.descending ? 'DESC' : 'ASC'}`);
        const expected = runs.filter((run) => matches(run, filter)).sort(orderOf(terms));
        expect(await found(written(filter), orderBy)).toEqual(expected.map((run) => run.id));
      }),
      { numRuns: 250 },
    );
  });

  it.each([[[]], [['metrics.m DESC']], [['metrics.m ASC', 'params.p']], [['tags.t DESC']], [['attributes.end_time']]])(
    'shows every run once on pages ordered by %j, while runs are added between them',
    async (orderBy: string[]) => {
      const home = await process.newExperiment();
      const random = mulberry32(3);
      const add = async () => {
        const id = await process.newRun({}, home, Math.floor(random() * 5));
        const value = numbers[Math.floor(random() * (numbers.length + 2))];
        if (value !== undefined) await process.metrics.add(id, [{ name: 'm', value, step: 0, at: 1 }]);
        if (random() < 0.6)
          await process.logger.log(id, [], { p: String(Math.floor(random() * 3)) }, { t: String(Math.floor(random() * 3)) });
        return id;
      };
      const before = new Set<string>();
      for (let i = 0; i < 30; i++) before.add(await add());
      const seen: string[] = [];
      let cursor: string | null = null;
      do {
        const page: { data: { id: string }[]; nextCursor: string | null } = await process.searches.page({
          experiments: [home],
          filter: '',
          orderBy,
          lifecycle: 'active',
          limit: 7,
          ...(cursor === null ? {} : { cursor }),
        });
        seen.push(...page.data.map((run) => run.id));
        cursor = page.nextCursor;
        await add();
      } while (cursor !== null);
      expect(new Set(seen).size).toBe(seen.length);
      expect([...before].filter((id) => !seen.includes(id))).toEqual([]);
    },
  );

  it('takes no cursor of another order, and none that was changed', async () => {
    const ask = (orderBy: string[], cursor?: string) =>
      process.searches.page({
        experiments: [experiment],
        filter: '',
        orderBy,
        lifecycle: 'active',
        limit: 5,
        ...(cursor ? { cursor } : {}),
      });
    const { nextCursor } = await ask(['metrics.m']);
    if (!nextCursor) throw new Error('There are more than five runs.');
    await expect(ask(['params.p'], nextCursor)).rejects.toThrow('cursor');
    await expect(ask(['metrics.m'], `A${nextCursor.slice(1)}`)).rejects.toThrow('cursor');
    expect((await ask(['metrics.m'], nextCursor)).data).toHaveLength(5);
  });

  it('reads columns in the order of the runs, and counts those beyond the limit', async () => {
    const columns = await process.searches.columns({
      experiments: [experiment],
      filter: '',
      orderBy: ['attributes.start_time ASC'],
      lifecycle: 'active',
      fields: ['attributes.name', 'params.p', 'metrics.m', 'min(metrics.n/a b)', 'attributes.mlflowId', 'attributes.durationMs'],
      limit: 10,
      offset: 5,
    });
    const expected = [...runs].sort(orderOf([{ entity: 'attribute', key: 'start_time', of: 'last', descending: false }])).slice(5, 15);
    const loose = (value: number | undefined) =>
      value === undefined ? null : Number.isFinite(value) ? value : Number.isNaN(value) ? 'NaN' : 'Infinity';
    expect(columns).toEqual({
      ids: expected.map((run) => run.id),
      total: 60,
      columns: {
        'attributes.name': expected.map((run) => run.name),
        'params.p': expected.map((run) => run.params['p'] ?? null),
        'metrics.m': expected.map((run) => loose(run.metrics['m'])),
        'min(metrics.n/a b)': expected.map((run) => loose(run.metrics['n/a b'])),
        'attributes.mlflowId': expected.map((run) => mlflowIdOf(run.id)),
        'attributes.durationMs': expected.map((run) => (run.endTime === null ? null : run.endTime - run.startTime)),
      },
    });
  });

  it('lets the text of a filter do nothing but filter', async () => {
    const hostile = `'; delete from run; --`;
    expect(await found(`params.p = "${hostile}" OR tags.\`${hostile}\` = 'x'`, [`metrics.\`${hostile}\` DESC`])).toEqual([]);
    expect(await world.query('select count(*)::int as runs from run where experiment_number = $1', [experiment])).toEqual([{ runs: 60 }]);
  });
});
