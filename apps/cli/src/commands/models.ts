import type { Job, ModelVersion, ParityReport } from '@crisol/contracts';
import { openAsBlob } from 'node:fs';
import { basename } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { firstArgument, firstItems, requiredOption, textOption, withTimeout, type Command, type Run } from '../command.js';
import { ExitError, exitCodes } from '../exit-codes.js';
import { facts, numberText } from '../output.js';
import { waitFor } from './jobs.js';

const aliasText = (aliases: Readonly<Record<string, number>>): string =>
  Object.entries(aliases)
    .map(([alias, version]) => `${alias}=${version}`)
    .join(' ') || '–';

export const listModels: Command = {
  name: 'models ls',
  synopsis: '',
  summary: 'List models',
  takes: 0,
  run: async ({ crisol, output, signal }) => {
    const models = await firstItems(crisol().models.list({ signal }));
    output.result(models, () =>
      output.table(
        ['NAME', 'TASK', 'LATEST', 'ALIASES', 'METRIC', 'ENDPOINTS'],
        models.map((model) => [
          model.name,
          model.task ?? '–',
          model.latestVersion === null ? '–' : String(model.latestVersion),
          aliasText(model.aliases),
          model.keyMetric ? `${model.keyMetric.name} ${numberText(model.keyMetric.value)}` : '–',
          model.endpoints.join(' ') || '–',
        ]),
      ),
    );
  },
};

export const showModel: Command = {
  name: 'models show',
  synopsis: 'MODEL',
  summary: 'Show a model and its versions',
  takes: 1,
  run: async (run) => {
    const { output, signal } = run;
    const model = await run.crisol().models.get(firstArgument(run), { signal });
    const versions = await firstItems(run.crisol().models.versions(model.id, { signal }));
    output.result({ ...model, versions }, () =>
      [
        facts([
          ['id', model.id],
          ['name', model.name],
          ['task', model.task ?? '–'],
          ['aliases', aliasText(model.aliases)],
          ['endpoints', model.endpoints.join(' ') || '–'],
        ]),
        '',
        output.table(
          ['VERSION', 'ADMISSION', 'TYPE', 'ALIASES', 'CREATED'],
          versions.map((version) => [
            String(version.version),
            version.admission.state,
            version.modelType,
            version.aliases.join(' ') || '–',
            version.createdAt,
          ]),
        ),
      ].join('\n'),
    );
  },
};

/** What became of an upload. */
interface UploadVerdict {
  readonly model: string;
  /** Null when the file was refused before a version was made of it. */
  readonly version: number | null;
  readonly verdict: 'admitted' | 'refused' | 'quarantined' | 'stored' | 'failed';
  readonly reasons: readonly { readonly rule: string; readonly message: string }[];
  readonly lane: string | null;
  readonly origin: string;
  readonly parity: ParityReport | null;
}

export const uploadModel: Command = {
  name: 'models upload',
  synopsis: 'FILE --name NAME [--samples FILE] [--alias ALIAS] [--type TYPE] [--timeout SECONDS]',
  summary: 'Upload a model that was made elsewhere (ONNX) and wait for its admission (1 when it is refused)',
  help: [
    '--name     model; made when there is none of this name',
    '--samples  rows with expected answers, CSV or JSON; the version gets a parity report',
    '--alias    let this alias name the version once it is admitted',
    '--type     model type that takes the file (onnx)',
    '--timeout  seconds to wait for (124 after)',
  ],
  options: {
    name: { type: 'string' },
    samples: { type: 'string' },
    alias: { type: 'string' },
    type: { type: 'string' },
    timeout: { type: 'string' },
  },
  takes: 1,
  run: async (run) => {
    const path = firstArgument(run);
    const name = requiredOption(run.values, 'name');
    const [samples, alias, modelType] = [
      textOption(run.values, 'samples'),
      textOption(run.values, 'alias'),
      textOption(run.values, 'type'),
    ];
    const signal = withTimeout(run.signal, textOption(run.values, 'timeout'));
    const started = await run.crisol().models.upload(name, await readable(path), {
      fileName: basename(path),
      signal,
      ...(samples === undefined ? {} : { samples: await readable(samples) }),
      ...(alias === undefined ? {} : { alias }),
      ...(modelType === undefined ? {} : { modelType }),
    });
    const job = await waitFor(run, started.id, signal);
    const verdict = job.state === 'succeeded' ? ofVersion(await judged(run, name, job, signal)) : ofJob(name, job);
    run.output.result(verdict, () => verdictText(verdict));
    if (verdict.verdict !== 'admitted') throw new ExitError(exitCodes.error, `${basename(path)} was not admitted.`);
  },
};

async function readable(path: string): Promise<Blob> {
  return openAsBlob(path).catch(() => {
    throw new ExitError(exitCodes.error, `The file ${path} cannot be read.`);
  });
}

async function judged(run: Run, model: string, job: Job, signal: AbortSignal): Promise<ModelVersion> {
  for (;;) {
    const version = await run.crisol().models.version(model, job.outputs['version'] ?? '', { signal });
    if (version.admission.state !== 'pending') return version;
    // The timer's own AbortError hides whether the time was up or somebody interrupted.
    await delay(300, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
}

function ofVersion({ model, version, admission, origin = '', parity = null }: ModelVersion): UploadVerdict {
  const reasons = admission.reasons.map(({ rule, message }) => ({ rule, message }));
  const verdict = admission.state === 'pending' ? 'failed' : admission.state;
  return { model: model.name, version, verdict, reasons, lane: admission.lane, origin, parity };
}

function ofJob(model: string, { error }: Job): UploadVerdict {
  const issues = error?.errors?.map(({ code, message }) => ({ rule: code, message })) ?? [];
  const whole = error ? [{ rule: error.code, message: error.detail || error.title }] : [];
  const reasons = issues.length > 0 ? issues : whole;
  return {
    model,
    version: null,
    verdict: error?.code === 'model_refused' ? 'refused' : 'failed',
    reasons,
    lane: null,
    origin: '',
    parity: null,
  };
}

function verdictText({ model, version, verdict, reasons, lane, origin, parity }: UploadVerdict): string {
  const differing = parity?.outputs.reduce((most, output) => Math.max(most, output.differingRows), 0) ?? 0;
  return facts([
    ['model', model],
    ['version', version === null ? '–' : String(version)],
    ['verdict', verdict],
    ...(lane === null ? [] : [['lane', lane] as const]),
    ...(origin === '' ? [] : [['origin', origin] as const]),
    ...(parity === null
      ? []
      : [['parity', parity.verdict === 'equal' ? `equal on ${parity.rows} rows` : `${differing} of ${parity.rows} rows differ`] as const]),
    ...reasons.map(({ rule, message }) => [rule, message] as const),
  ]);
}
