import {
  cleanModel,
  DataType,
  decodeModel,
  describeModel,
  encodeModel,
  judgeModel,
  OnnxFormatError,
  type Model,
  type ModelDescription,
  type ValueInfo,
} from '@crisol/onnx';
import { PluginError, type BroughtArtifact, type BroughtModel, type ModelType, type TrainingReport } from '@crisol/plugin-api';
import { adaptAnswers } from './adapt-answers.js';
import { inferAnswers, refusal } from './infer-answers.js';
import { OnnxParams } from './onnx.params.js';

/** Models that were trained elsewhere and come as ONNX. */
export function onnxModelType(): ModelType<OnnxParams> {
  return {
    name: 'onnx',
    title: 'ONNX, brought along',
    description: 'A model trained elsewhere, as an ONNX file: scikit-learn, LightGBM, XGBoost, CatBoost, PyTorch and others export it.',
    tasks: [],
    params: OnnxParams,
    train: () =>
      Promise.reject(
        new PluginError('invalid_input', 'It trains nothing: bring a finished model as model.onnx (upload it as a version of a model).'),
      ),
    bring,
  };
}

// async: a refusal comes as a rejected promise, as from every model type.
async function bring(artifact: BroughtArtifact<OnnxParams>, report: TrainingReport, signal: AbortSignal): Promise<BroughtModel> {
  signal.throwIfAborted();
  report.progress(0, 'Reading the graph');
  const raw = admit(fileOf(artifact.files));
  const cleaned = cleanModel(raw);
  const described = describeModel(cleaned);
  const odd = described.inputs.find(({ elementType, shape }) => !columnTypes.has(elementType) || (shape?.length ?? 2) > 2);
  if (odd !== undefined) {
    const dims = odd.shape?.map((size) => (size < 0 ? 'N' : size)).join(', ') ?? '?';
    throw refusal(
      `The input ${odd.name} [${dims}] is nothing that columns of a table fit: numbers or texts, [N, 1] or [N, columns], would be right.`,
    );
  }
  if (described.inputs.length === 0)
    throw refusal('The graph takes no input: one for each column, or one for all of them, would be right.');
  const answers = inferAnswers(raw, described, artifact.params);
  const adapted = adaptAnswers(cleaned, answers);
  const zipMaps = raw.graph.nodes.filter(({ opType }) => opType === 'ZipMap').length;
  report.progress(1, 'Read');
  return {
    onnx: encodeModel(freeRows(adapted.model)),
    task: answers.task,
    labels: answers.labels,
    origin: originOf(described),
    notes: [...(zipMaps > 0 ? ['ZipMap was taken out: the probabilities come as a tensor.'] : []), ...answers.notes, ...adapted.notes],
  };
}

/** Who wrote the file; some writers put a whole report where the version belongs. */
function originOf({ producer, producerVersion }: ModelDescription): string {
  const version = /\d+(?:\.\d+)+\S*/.exec(producerVersion)?.[0] ?? producerVersion.split('\n', 1)[0] ?? '';
  return `${producer} ${version}`.trim().slice(0, 200);
}

/**
 * Outputs with free rows: the converters of LightGBM and CatBoost write sizes that are not true, and the runtime warns at each
 * call. How many numbers a row has stays.
 */
function freeRows(model: Model): Model {
  const outputs = model.graph.outputs.map((output): ValueInfo => {
    if (output.type?.kind !== 'tensor') return output;
    const { elementType, shape = [] } = output.type;
    const rows = { parameter: 'N' };
    return { name: output.name, type: { kind: 'tensor', elementType, ...(shape.length > 1 ? { shape: [rows, ...shape.slice(1)] } : {}) } };
  });
  return { ...model, graph: { ...model.graph, outputs } };
}

const columnTypes: ReadonlySet<number> = new Set([
  DataType.FLOAT,
  DataType.DOUBLE,
  DataType.INT64,
  DataType.INT32,
  DataType.BOOL,
  DataType.STRING,
]);

function fileOf(files: Readonly<Record<string, Uint8Array>>): Uint8Array {
  const names = Object.keys(files);
  const found = files['model.onnx'] ?? (names.length === 1 ? files[names[0] ?? ''] : undefined);
  if (found === undefined)
    throw refusal(
      `${names.length === 0 ? 'There is no file' : `The files are ${names.slice(0, 8).join(', ')}`}; one file, model.onnx, would be right.`,
    );
  return found;
}

/** Decodes and judges; a graph that the gate refuses goes no further. */
function admit(bytes: Uint8Array): Model {
  let model: Model;
  try {
    model = decodeModel(bytes);
  } catch (error) {
    if (error instanceof OnnxFormatError)
      throw new PluginError('invalid_input', `This is no ONNX model: ${error.message}.`, { cause: error });
    throw error;
  }
  const { admitted, reasons } = judgeModel(model);
  if (admitted) return model;
  const shown = reasons.slice(0, 3).map(({ message, node }) => (node === undefined ? message : `${message} (node ${node})`));
  const rest = reasons.length > shown.length ? ` And ${reasons.length - shown.length} more.` : '';
  throw refusal(
    `The graph is refused: ${shown.join(' ')}${rest} Export it as one file with the standard operators (ai.onnx, ai.onnx.ml) only.`,
  );
}
