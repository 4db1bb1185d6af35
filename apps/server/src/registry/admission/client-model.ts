import type { BroughtSignature, Signature } from '@crisol/contracts';
import { cleanModel, decodeModel, describeModel, judgeModel, OnnxFormatError } from '@crisol/onnx';
import { isPluginError } from '@crisol/plugin-api';
import type { JobContext } from '../../platform/jobs/job-handler.js';
import { instantiatePlugin } from '../../platform/plugins/child/instantiate-plugin.js';
import type { PluginReference } from '../../platform/plugins/plugin-host.js';
import { inferSignature } from '../bring/infer-signature.js';
import { bindModel } from './bind-model.js';

/** What is known of a model that a client of MLflow has logged, next to its graph. */
export interface PreparedClientModel {
  /** Files beside the graph, in which it may keep its numbers. */
  readonly files: readonly { readonly name: string; readonly path: string }[];
  /** The model type that reads ONNX; a sentence when it is not to be had. */
  readonly reader: { readonly plugin: PluginReference; readonly params: Readonly<Record<string, unknown>> } | string;
  readonly signature: BroughtSignature;
}
/** The graph as it can serve, and what was read off it. */
export interface ReadClientModel {
  readonly onnx: Uint8Array;
  readonly signature: Signature;
  readonly origin: string;
}

/** A sound graph that serving has no use for: it is kept as it is. */
export class NotServable extends Error {
  override readonly name = 'NotServable';
}

/**
 * Finds out what a logged graph predicts and from which columns, as for a file that somebody brings.
 * @throws NotServable with the reason, in words for the owner
 */
export async function readClientModel(
  bytes: Uint8Array,
  client: PreparedClientModel,
  context: JobContext,
  tableFiles: Parameters<typeof instantiatePlugin>[2],
): Promise<ReadClientModel> {
  const { reader } = client;
  if (typeof reader === 'string') throw new NotServable(reader);
  const provided = await instantiatePlugin(reader.plugin, context, tableFiles);
  try {
    const { name } = reader.plugin;
    const modelType = provided.modelTypes?.find((candidate) => candidate.name === name);
    if (!modelType?.bring) throw new NotServable(`The model type ${name} does not take models any more.`);
    const brought = await modelType.bring({ files: { 'model.onnx': bytes }, params: reader.params }, silent, context.signal);
    for (const note of brought.notes) context.log('info', note);
    const model = decodeModel(brought.onnx);
    const verdict = judgeModel(model);
    if (!verdict.admitted) throw new NotServable(verdict.reasons[0]?.message ?? 'The gate does not let it in.');
    const description = describeModel(cleanModel(model));
    const known = { task: brought.task, labels: brought.labels, samples: null };
    const guesses = [client.signature, {}].map((given) => {
      const inferred = inferSignature(description, { ...known, given });
      if (!inferred.ok) return inferred;
      const bound = bindModel(inferred.signature, description);
      return bound.ok ? inferred : bound;
    });
    // Names of MLflow's signature where they fit the graph, else the graph's own.
    const found = guesses.find((guess) => guess.ok);
    if (!found) throw new NotServable(guesses.find((guess) => !guess.ok)?.message ?? 'Its columns cannot be told.');
    return { onnx: brought.onnx, signature: found.signature, origin: brought.origin.slice(0, 200) };
  } catch (error) {
    if (error instanceof OnnxFormatError) throw new NotServable(error.message);
    if (isPluginError(error) && ['invalid_input', 'unusable_data', 'rejected'].includes(error.code)) throw new NotServable(error.message);
    throw error;
  } finally {
    await provided.dispose?.();
  }
}

const silent = { progress: () => undefined, metric: () => undefined, log: () => undefined, saveCheckpoint: () => Promise.resolve() };
