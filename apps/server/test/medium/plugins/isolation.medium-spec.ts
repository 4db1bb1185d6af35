import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ModelFacts, NotificationMessage, Provided, TableReader, TrainingInput } from '@crisol/plugin-api';
import { aTrainingInput, makeFakes, silentReport, type Fakes } from '@crisol/plugin-testing';
import { fileURLToPath } from 'node:url';
import { readManifest, type PluginPackage } from '../../../src/platform/plugins/discovery/read-manifest.js';
import { IsolatedRunner } from '../../../src/platform/plugins/isolation/isolated-runner.js';
import { bareMachine, describeContainment } from '../../../src/platform/plugins/isolation/sandbox.js';
import { InProcessRunner } from '../../../src/platform/plugins/lifecycle/in-process-runner.js';
import type { PluginInstance } from '../../../src/platform/plugins/lifecycle/plugin-instance.js';
import type { LoadedPlugin, PluginRunner } from '../../../src/platform/plugins/lifecycle/plugin-runner.js';
import { BackgroundTasks } from '../../../src/platform/plugins/scope/background-tasks.js';
import type { PluginScope } from '../../../src/platform/plugins/scope/plugin-scope.js';
import { PluginScopes } from '../../../src/platform/plugins/scope/plugin-scopes.js';
import { declaredSecrets } from '../../../src/platform/plugins/scope/plugin-secrets.js';
import { DuckDbTables } from '../../../../../plugins/validator-expectations/test/duckdb-table.js';
import { fixture } from './plugin-world.js';

class FakeScopes extends PluginScopes {
  constructor(private readonly fakes: Fakes) {
    super();
  }
  async open(found: PluginPackage, settings: Readonly<Record<string, unknown>>): Promise<PluginScope> {
    const background = new BackgroundTasks(() => undefined);
    const { log, http, keyValue, metrics, artifacts, datasets, commands, database } = this.fakes;
    const secrets = declaredSecrets(found.manifest.permissions.secrets, settings);
    const parts = { log, http, keyValue, metrics, secrets, artifacts, datasets, commands, database, background };
    return { parts, start: () => background.start(), end: () => background.end(), close: () => Promise.resolve() };
  }
}

const { signal } = new AbortController();
const message: NotificationMessage = { id: 'dlv_1', type: 'job.finished', at: 5, severity: 'info', title: 'Done', text: '', data: {} };
const columns = [{ name: 'x', type: 'number', databaseType: 'DOUBLE' }] as const;
const table: TableReader = {
  columns,
  rowCount: 3,
  query: async () => ({ columns: ['n'], rows: [[3]] }),
  // Large enough to go through a file.
  read: async () => ({ rows: 100_000, columns: [{ name: 'x', type: 'number', values: new Float64Array(100_000).fill(2) }] }),
};

async function packageOf(folder: string): Promise<PluginPackage> {
  const read = await readManifest(folder);
  if (!read.ok) throw new Error(read.message);
  return read.value;
}

/** One plugin, run both ways; each with fakes of its own. */
async function bothWays(folder: string, settings: Record<string, unknown>, script: (fakes: Fakes) => void = () => undefined) {
  const found = await packageOf(folder);
  const open = async (make: (scopes: PluginScopes) => PluginRunner) => {
    const fakes = makeFakes();
    script(fakes);
    const loaded = await make(new FakeScopes(fakes)).load(found);
    const instance = await loaded.start(settings, 1);
    return { fakes, loaded, instance, provided: instance.provided };
  };
  const here = await open((scopes) => new InProcessRunner(scopes));
  const there = await open((scopes) => new IsolatedRunner(scopes));
  const close = async () => {
    for (const { instance, loaded } of [here, there]) {
      await instance.retire();
      await loaded.unload();
    }
  };
  /** The same answer, or the same error, both ways; gives it. */
  const same = async <T>(ask: (provided: Provided) => Promise<T> | undefined): Promise<unknown> => {
    const told = async (provided: Provided): Promise<unknown> => {
      try {
        return await ask(provided);
      } catch (error) {
        const { name, code, message: words, gone, retryAfterSeconds } = error as Error & Record<string, unknown>;
        return { name, code, words, gone, retryAfterSeconds };
      }
    };
    const [a, b] = [await told(here.provided), await told(there.provided)];
    expect(b).toEqual(a);
    return b;
  };
  return { here, there, same, close };
}

describe('a plugin run in process and isolated', () => {
  let ways: Awaited<ReturnType<typeof bothWays>>;
  beforeAll(async () => {
    ways = await bothWays(fixture('all-kinds'), { token: 's3cret' }, ({ http, datasets }) => {
      http.answer = { status: 201, body: 'pong' };
      datasets.tables.set('drivers', { rows: 2, columns: [{ name: 'rating', type: 'number', values: Float64Array.of(4, NaN) }] });
    });
  }, 60_000);
  afterAll(() => ways?.close());

  it('shows the same forms, hints and secrets among them', () => {
    const { here, there } = ways;
    expect(there.loaded.settingsSchema).toEqual(here.loaded.settingsSchema);
    expect(there.loaded.secretNames).toEqual(here.loaded.secretNames);
  });

  it('delivers, previews and refuses alike, with the words of the errors', async () => {
    const target = { key: 'kk', prefix: '# ' };
    expect(await ways.same(({ notifiers }) => notifiers?.[0]?.send(message, target, signal))).toEqual({
      deliveredAt: 5,
      reference: '# Done',
    });
    await ways.same(({ notifiers }) => notifiers?.[0]?.send({ ...message, type: 'gone' }, target, signal));
    await ways.same(({ notifiers }) => notifiers?.[0]?.send({ ...message, type: 'busy' }, target, signal));
    await ways.same(async ({ notifiers }) => notifiers?.[0]?.preview?.(message, target));
    await ways.same(({ check }) => check?.(signal));
  });

  it('checks a target in the host by the same rules', () => {
    for (const { provided } of [ways.here, ways.there]) {
      expect(provided.notifiers?.[0]?.target.safeParse({ key: 'k' }).success).toBe(false);
      expect(provided.notifiers?.[0]?.target.parse({ key: 'kk' })).toEqual({ key: 'kk', prefix: '> ' });
    }
  });

  it('trains alike, with progress, curves, checkpoints and what was kept of them', async () => {
    const input: TrainingInput<unknown> = {
      task: 'regression',
      table: await table.read(['x'], signal),
      target: null,
      labels: [],
      params: { rounds: 3, tag: 'plain' },
      seed: 1,
      checkpoint: Uint8Array.of(1),
    };
    const heard: unknown[][] = [];
    for (const { provided } of [ways.here, ways.there]) {
      const own: unknown[] = [];
      const tell =
        (what: string) =>
        (...args: unknown[]) =>
          void own.push([what, ...args]);
      const report = {
        progress: tell('progress'),
        metric: tell('metric'),
        log: tell('log'),
        saveCheckpoint: async (bytes: Uint8Array) => void own.push([...bytes]),
      };
      const model = await provided.modelTypes?.[0]?.train(input, report, signal);
      heard.push([model && { ...model, onnx: [...model.onnx], predict: undefined }, own]);
    }
    expect(heard[1]).toEqual(heard[0]);
    expect(heard[1]?.[1]).toHaveLength(7);
    const onnx = Uint8Array.of(1, 2, 3);
    await ways.same(({ modelTypes }) => modelTypes?.[0]?.explain?.(onnx, input.table, signal));
  });

  it('refuses parameters that only the plugin itself can judge', async () => {
    const modelType = ways.there.provided.modelTypes?.[0];
    const input = {
      task: 'regression',
      table: { rows: 0, columns: [] },
      target: null,
      labels: [],
      params: { tag: '123' },
      seed: 1,
      checkpoint: null,
    } as const;
    const report = { progress: () => undefined, metric: () => undefined, log: () => undefined, saveCheckpoint: () => Promise.resolve() };
    await expect(modelType?.train(input, report, signal)).rejects.toMatchObject({ code: 'invalid_input' });
  });

  it('judges tables and models alike, large columns and numbers that JSON lacks among them', async () => {
    const check = { type: 'sums', kwargs: { column: 'x' } };
    expect(await ways.same(({ validators }) => validators?.[0]?.validate(table, [check], signal))).toMatchObject([
      { message: '3 rows, sum 200000', observed: [NaN, 2n] },
    ]);
    await ways.same(({ validators }) => validators?.[0]?.failingRows?.(table, check, { offset: 2, limit: 2 }, signal));
    // Only what the plugin looks at.
    const facts = { model: 'm', test: table } as unknown as ModelFacts;
    await ways.same(({ validators }) => validators?.[0]?.judgeModel?.(facts, [{ type: 'small', kwargs: {} }], signal));
  });

  it.each(['keyValue', 'artifacts', 'datasets', 'http', 'secrets', 'undeclared', 'random', 'clock', 'background', 'metrics'])(
    'gives it %s through the host',
    async (ref) => {
      await ways.same(({ featureStores }) => featureStores?.[0]?.readOnline([`view:${ref}`], [{ id: 1 }], signal));
    },
  );

  it('counts and logs in the host', () => {
    expect(ways.there.fakes.log.lines).toEqual(ways.here.fakes.log.lines);
  });
});

describe('first-party plugins run in process and isolated', () => {
  const plugin = (name: string): string => fileURLToPath(new URL(`../../../../../plugins/${name}`, import.meta.url));

  it('finds the same in a table', async () => {
    const ways = await bothWays(plugin('validator-expectations'), {});
    const tables = await DuckDbTables.start();
    try {
      const data = await tables.table(`SELECT i AS id, CASE WHEN i % 4 = 0 THEN NULL ELSE 'v' || i END AS name FROM range(40) t(i)`);
      const check = { type: 'expect_column_values_to_not_be_null', kwargs: { column: 'name' } };
      const other = { type: 'expect_column_values_to_be_unique', kwargs: { column: 'id' } };
      expect(await ways.same(({ validators }) => validators?.[0]?.validate(data, [check, other], signal))).toMatchObject([
        { outcome: 'failed', unexpectedCount: 10 },
        { outcome: 'passed' },
      ]);
      await ways.same(({ validators }) => validators?.[0]?.failingRows?.(data, check, { offset: 2, limit: 3 }, signal));
    } finally {
      await tables.stop();
      await ways.close();
    }
  }, 60_000);

  it('shows the same preview of a message', async () => {
    const ways = await bothWays(plugin('notifier-webhook'), {});
    try {
      const given = { url: 'https://hooks.example.com/x', signingKey: `whsec_${'MDEy'.repeat(10)}` };
      const target = ways.there.provided.notifiers?.[0]?.target.parse(given);
      expect(await ways.same(async ({ notifiers }) => notifiers?.[0]?.preview?.(message, target))).toContain('Done');
    } finally {
      await ways.close();
    }
  }, 60_000);

  it('trains the same model, byte for byte', async () => {
    const ways = await bothWays(plugin('model-type-linear'), {});
    try {
      const params = ways.there.provided.modelTypes?.[0]?.params.parse({ maxIterations: 50 });
      const input = aTrainingInput('regression', params);
      const bytes = await ways.same(async ({ modelTypes }) => (await modelTypes?.[0]?.train(input, silentReport, signal))?.onnx.join());
      expect(String(bytes).length).toBeGreaterThan(100);
    } finally {
      await ways.close();
    }
  }, 60_000);
});

describe(IsolatedRunner, () => {
  const started: { instance: PluginInstance; loaded: LoadedPlugin }[] = [];
  afterAll(async () => {
    for (const { instance, loaded } of started) {
      await instance.retire();
      await loaded.unload();
    }
  });
  const start = async (beast: string) => {
    const found = await packageOf(fixture('zoo'));
    const loaded = await new IsolatedRunner(new FakeScopes(makeFakes())).load(found);
    const instance = await loaded.start({ beast }, 1);
    started.push({ instance, loaded });
    const faults: string[] = [];
    instance.onFault((cause) => faults.push(cause));
    return { send: () => instance.provided.notifiers?.[0]?.send(message, {}, signal), faults, instance };
  };

  it('replaces a process that ended, at once the first time and later the next', async () => {
    const { send } = await start('process-exit');
    await expect(send()).rejects.toThrow('exit code 3');
    await expect(send()).rejects.toThrow('exit code 3');
    await expect(send()).rejects.toMatchObject({ code: 'retry', message: expect.stringContaining('again and again') });
  }, 60_000);

  it('keeps one process for each instance, so that two generations live side by side', async () => {
    const found = await packageOf(fixture('with-settings'));
    const loaded = await new IsolatedRunner(new FakeScopes(makeFakes())).load(found);
    const [one, two] = [await loaded.start({ greeting: 'a' }, 1), await loaded.start({ greeting: 'b' }, 2)];
    started.push({ instance: one, loaded }, { instance: two, loaded });
    const said = await Promise.all([one, two].map(({ provided }) => provided.notifiers?.[0]?.send(message, {}, signal)));
    expect(said.map((receipt) => receipt?.reference)).toEqual(['a', 'b']);
  }, 60_000);

  it.each([
    ['fails-at-import', 'import_failed', 'the module has a bug on line 1'],
    ['fails-in-setup', 'setup_failed', ''],
  ])(
    'says why %s does not come up, as in process',
    async (name, code, words) => {
      const found = await packageOf(fixture(name));
      const bringUp = async () => (await new IsolatedRunner(new FakeScopes(makeFakes())).load(found)).start({}, 1);
      await expect(bringUp()).rejects.toMatchObject({ code, message: expect.stringContaining(words) });
    },
    60_000,
  );

  it('runs where the machine gives nothing, and says plainly what is not contained then', async () => {
    const machine = { ...bareMachine, hasShell: true };
    const found = await packageOf(fixture('zoo'));
    const loaded = await new IsolatedRunner(new FakeScopes(makeFakes()), {
      limits: { jsonBytes: 1_000_000, binaryBytes: 1_000_000 },
      niceness: 0,
      machine,
    }).load(found);
    const instance = await loaded.start({ beast: 'open-socket' }, 1);
    started.push({ instance, loaded });
    expect(await instance.provided.notifiers?.[0]?.send(message, {}, signal)).toMatchObject({ reference: 'refused: ERR_ACCESS_DENIED' });
    const { facts } = describeContainment(machine);
    expect(facts.find(({ name }) => name === 'network')?.contained).toBe(false);
    expect(facts.find(({ name }) => name === 'files')?.contained).toBe(true);
  }, 60_000);
});
