import type { BroughtSignature, ParityReport, Signature } from '@crisol/contracts';
import { cleanModel, decodeModel, describeModel, encodeModel, judgeModel, OnnxFormatError, type Model } from '@crisol/onnx';
import { isPluginError, type BroughtModel } from '@crisol/plugin-api';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { duckDbTableFiles } from '../../datasets/duckdb/table-files.js';
import { JobFailure, type JobContext } from '../../platform/jobs/job-handler.js';
import { instantiatePlugin } from '../../platform/plugins/child/instantiate-plugin.js';
import type { PluginReference } from '../../platform/plugins/plugin-host.js';
import { bindModel } from '../admission/bind-model.js';
import { scoreVersion } from '../gates/version-scorer.js';
import { compareAnswers } from './compare-answers.js';
import { inferSignature } from './infer-signature.js';
import { readSamples, UnusableSamples, type SampleRows } from './read-samples.js';

export interface PreparedBring {
  readonly files: readonly { readonly name: string; readonly path: string }[];
  readonly samples: { readonly name: string; readonly path: string } | null;
  readonly plugin: PluginReference;
  readonly params: Readonly<Record<string, unknown>>;
  readonly signature: BroughtSignature;
}
export interface BringResult {
  /** Name of the file in the work folder. */
  readonly modelFile: string;
  readonly signature: Signature;
  readonly origin: string;
  readonly parity: ParityReport | null;
}

const modelFile = 'model.onnx';
const servingFile = 'serving.onnx';

/**
 * Looks at files that somebody brought, in a child under limits: the model type makes an ONNX graph of them, the gate reads
 * it without a runtime, its columns are found, and with samples its answers are compared. Admission comes after.
 */
export async function run(prepared: PreparedBring, context: JobContext): Promise<BringResult> {
  const brought = await bring(prepared, context);
  for (const note of brought.notes) context.log('info', note);
  context.progress(0.4, 'Reading the graph', 'gate');
  const cleaned = cleanModel(gated(brought.onnx));
  const description = describeModel(cleaned);
  const samples = prepared.samples && (await samplesOf(prepared.samples.path));
  const inferred = inferSignature(description, {
    given: prepared.signature,
    samples,
    task: brought.task,
    labels: brought.labels,
  });
  if (!inferred.ok) throw refused(inferred.message, [{ pointer: '/signature', code: 'signature', message: inferred.message }]);
  const { signature } = inferred;
  const bound = bindModel(signature, description);
  if (!bound.ok) throw refused(bound.message, [{ pointer: '/signature', code: 'signature', message: bound.message }]);
  await writeFile(join(context.workFolder, modelFile), brought.onnx);
  let parity: ParityReport | null = null;
  if (samples) {
    context.progress(0.6, 'Comparing the samples', 'samples');
    const path = join(context.workFolder, servingFile);
    await writeFile(path, encodeModel(cleaned));
    parity = await compare(samples, { path, signature, binding: bound.binding }, context);
    const sentence = `${parity.outputs.reduce((sum, output) => Math.max(sum, output.differingRows), 0)} of ${parity.rows} sample rows differ.`;
    context.log(parity.verdict === 'equal' ? 'info' : 'warn', sentence);
  }
  return { modelFile, signature, origin: brought.origin.slice(0, 200), parity };
}

async function bring({ files, plugin, params }: PreparedBring, context: JobContext): Promise<BroughtModel> {
  context.progress(0, 'Reading the files', 'bring');
  const read: Record<string, Uint8Array> = {};
  for (const { name, path } of files) read[name] = new Uint8Array(await readFile(path));
  const provided = await instantiatePlugin(plugin, context, duckDbTableFiles);
  try {
    const modelType = provided.modelTypes?.find((candidate) => candidate.name === plugin.name);
    if (!modelType?.bring)
      throw new JobFailure('model_type_unknown', `The plugin ${plugin.pluginId} does not take ${plugin.name} any more.`);
    return await modelType.bring(
      { files: read, params },
      {
        progress: (ratio, message) => context.progress(0.4 * ratio, message, 'bring'),
        metric: () => undefined,
        log: (level, message) => context.log(level, message),
        saveCheckpoint: () => Promise.resolve(),
      },
      context.signal,
    );
  } catch (error) {
    if (isPluginError(error) && (error.code === 'invalid_input' || error.code === 'unusable_data' || error.code === 'rejected'))
      throw refused(error.message, [{ pointer: '/file', code: error.code, message: error.message }]);
    throw error;
  } finally {
    await provided.dispose?.();
  }
}

/** The host's own look: a plugin may have let through what the gate does not. */
function gated(bytes: Uint8Array): Model {
  let model: Model;
  try {
    model = decodeModel(bytes);
  } catch (error) {
    if (error instanceof OnnxFormatError) throw refused(error.message, [{ pointer: '/file', code: 'format', message: error.message }]);
    throw error;
  }
  const { admitted, reasons } = judgeModel(model);
  if (admitted) return model;
  throw refused(
    reasons[0]?.message ?? 'The gate does not let it in.',
    reasons.slice(0, 100).map(({ rule, message }) => ({ pointer: '/file', code: rule, message })),
  );
}

async function samplesOf(path: string): Promise<SampleRows> {
  return explain(async () => readSamples(await readFile(path, 'utf8')));
}

async function compare(samples: SampleRows, version: Parameters<typeof scoreVersion>[0], context: JobContext): Promise<ParityReport> {
  return explain(async () => {
    const table = samples.table(version.signature);
    const expected = samples.expected(version.signature);
    const answers = await scoreVersion(version, table, context.signal).catch((error: unknown) => {
      context.signal.throwIfAborted();
      throw refused(`It does not run on the samples: ${sentence(error)}`, [
        { pointer: '/samples', code: 'run_failed', message: sentence(error) },
      ]);
    });
    return compareAnswers(answers, expected, version.signature);
  });
}

async function explain<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof UnusableSamples)
      throw new JobFailure('validation_failed', error.message, [{ pointer: '/samples', code: 'samples_unusable', message: error.message }]);
    throw error;
  }
}

function refused(message: string, issues: JobFailure['issues']): JobFailure {
  return new JobFailure('model_refused', message, issues);
}

/** What the runtime says, without paths of this machine. */
function sentence(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replaceAll(/(?:\/[\w.@+-]+){2,}/g, '…').slice(0, 500);
}
