import {
  Artifacts,
  Background,
  Clock,
  Commands,
  Datasets,
  definePlugin,
  HttpClient,
  hinted,
  KeyValue,
  Logger,
  Metrics,
  PluginError,
  Random,
  secret,
  Secrets,
} from '@crisol/plugin-api';
import { z } from 'zod';

const Params = z.strictObject({
  rounds: hinted(z.int().min(1).default(3), { group: 'Training' }).meta({ title: 'Rounds' }),
  // What the host cannot check without the plugin.
  tag: z
    .string()
    .regex(/^[a-z]+$/)
    .default('plain'),
});

export default definePlugin({
  id: 'all-kinds',
  settings: z.strictObject({ token: secret(z.string().default('')), greeting: z.string().default('hello') }),
  uses: {
    artifacts: Artifacts,
    background: Background,
    clock: Clock,
    commands: Commands,
    datasets: Datasets,
    http: HttpClient,
    keyValue: KeyValue,
    log: Logger,
    metrics: Metrics,
    random: Random,
    secrets: Secrets,
  },
  setup: ({ settings, artifacts, background, clock, commands, datasets, http, keyValue, log, metrics, random, secrets }) => {
    const seen = { background: 0 };
    background.run('tick', async () => {
      seen.background = 1;
    });
    return {
      modelTypes: [
        {
          name: 'mean',
          title: 'Mean',
          description: 'The mean of a column.',
          tasks: ['regression'],
          params: Params,
          search: { rounds: { kind: 'int', low: 1, high: 5 } },
          async train(input, report, signal) {
            const from = input.checkpoint?.[0] ?? 0;
            for (let round = from; round < input.params.rounds; round++) {
              signal.throwIfAborted();
              report.progress(round / input.params.rounds, `round ${round}`);
              report.metric('loss', round, 1 / (round + 1));
              await report.saveCheckpoint(Uint8Array.of(round + 1));
            }
            report.log('info', input.params.tag);
            const [{ values }] = input.table.columns;
            const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
            return {
              onnx: new Uint8Array(new Float64Array([mean]).buffer),
              importance: [{ column: input.table.columns[0].name, value: 1 }],
              notes: [`${input.table.rows} rows`],
              predict: (table) => new Float64Array(table.rows).fill(mean),
            };
          },
          async explain(onnx, table) {
            const contributions = new Float64Array(table.rows * table.columns.length).fill(0.5);
            return { baseline: onnx.length, contributions, unit: 'prediction' };
          },
        },
      ],
      featureStores: [
        {
          name: 'refs',
          title: 'Refs',
          async listViews() {
            return [{ name: 'view', entities: ['id'], features: [{ name: 'value', type: 'text' }] }];
          },
          /** Each feature is something that a ref gave. */
          async readOnline(features, rows, signal) {
            const asked = {
              keyValue: async () => {
                await keyValue.set('k', { a: [1, 'two', null] }, signal);
                return JSON.stringify(await keyValue.get('k'));
              },
              artifacts: async () => {
                await artifacts.put('a/b', Uint8Array.of(1, 2, 3));
                return `${(await artifacts.list('a/')).map(({ name }) => name)} ${await artifacts.get('a/b')} ${await artifacts.get('no')}`;
              },
              datasets: async () => {
                const table = await datasets.read('drivers', { columns: ['rating'] }, signal);
                return `${table.rows} ${table.columns[0].values}`;
              },
              commands: async () => {
                const lines = [];
                const result = await commands.run({ command: 'echo', args: ['hi'], onLine: (line) => lines.push(line), signal });
                return `${result.endedBy} ${lines}`;
              },
              http: async () => {
                const answer = await http.request('POST', 'https://hooks.example.com/x', { body: 'ping', signal });
                return `${answer.status} ${answer.text()}`;
              },
              secrets: async () => secrets.get('token') ?? 'none',
              undeclared: async () => secrets.get('other'),
              random: async () => random.generator(7)(),
              clock: async () => clock.now() > 0,
              background: async () => seen.background,
              metrics: async () => {
                metrics.count('calls', 2);
                metrics.observe('seconds', 0.5);
                log.warn('seen', { features: features.length });
                return settings.greeting;
              },
            };
            const values = await Promise.all(features.map((feature) => asked[feature.split(':')[1]]()));
            return rows.map(() => values.map((value) => ({ value, status: 'present', eventTime: null })));
          },
          async readAsOf(features, rows) {
            return rows.map(() => features.map(() => ({ value: null, status: 'not_found', eventTime: null })));
          },
        },
      ],
      validators: [
        {
          name: 'table',
          title: 'Table',
          checkTypes: [{ type: 'sums', title: 'Sums', description: 'Adds up.', kwargs: z.strictObject({ column: z.string() }) }],
          modelCheckTypes: [{ type: 'small', title: 'Small', description: 'Is small.', kwargs: z.strictObject({}) }],
          async validate(table, checks, signal) {
            const { rows } = await table.query('SELECT count(*) FROM data', [], signal);
            const read = await table.read([checks[0].kwargs.column], signal);
            const sum = read.columns[0].values.reduce((total, value) => total + value, 0);
            return checks.map(() => ({
              outcome: 'passed',
              message: `${rows[0][0]} rows, sum ${sum}`,
              hasFailingRows: true,
              observed: [NaN, 2n],
            }));
          },
          failingRows: async (table, check, { offset, limit }) => Array.from({ length: Math.min(limit, 3) }, (_, i) => offset + i),
          judgeModel: async (facts, checks, signal) => {
            const rows = facts.test ? (await facts.test.query('SELECT 1', [], signal)).rows.length : 0;
            return checks.map(() => ({ outcome: 'failed', message: `${facts.model} ${rows}`, hasFailingRows: false }));
          },
        },
      ],
      notifiers: [
        {
          name: 'words',
          title: 'Words',
          target: z.strictObject({ key: secret(z.string().min(2)), prefix: z.string().default('> ') }),
          async send(message, target) {
            if (message.type === 'gone') throw new PluginError('rejected', 'It is gone.', { gone: true });
            if (message.type === 'busy') throw new PluginError('retry', 'It is busy.', { retryAfterSeconds: 9 });
            return { deliveredAt: message.at, reference: target.prefix + message.title };
          },
          preview: (message, target) => target.prefix + message.title,
        },
      ],
      check: async () => ({ message: 'all well' }),
    };
  },
});
