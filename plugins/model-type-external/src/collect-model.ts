import { conformModel, ConformError, decodeModel, encodeModel, judgeModel, OnnxFormatError } from '@crisol/onnx';
import { PluginError, type TrainedModel, type TrainingInput } from '@crisol/plugin-api';
import { z } from 'zod';

const Metrics = z.record(z.string().min(1).max(200), z.number());
const Importance = z.record(z.string(), z.number().min(0));

/** Makes a trained model of what a trainer left in its folder. @throws PluginError `rejected`, with what would be right */
export function collectModel(files: Readonly<Record<string, Uint8Array>>, input: TrainingInput<unknown>, trainer: string): TrainedModel {
  const bytes = files['model.onnx'];
  if (bytes === undefined)
    throw new PluginError('rejected', `${trainer} ended well and left no model.onnx in its folder: write the graph there under that name.`);
  const metrics = readJson(files, 'metrics.json', Metrics, 'an object of numbers, such as {"rmse": 0.3}');
  const shares = readJson(files, 'importance.json', Importance, 'an object of numbers from 0, one for each column');
  const { onnx, labels } = conform(bytes, input, trainer);
  return {
    onnx,
    importance: input.table.columns.map(({ name }) => ({ column: name, value: shares?.[name] ?? 0 })),
    notes: shares === undefined ? [`${trainer} wrote no importance.json: the importance of the columns is not known.`] : [],
    ...(metrics === undefined ? {} : { metrics }),
    ...(input.task === 'clustering' ? { labels } : {}),
  };
}

function conform(bytes: Uint8Array, input: TrainingInput<unknown>, trainer: string): { onnx: Uint8Array; labels: readonly string[] } {
  try {
    const model = decodeModel(bytes);
    const { admitted, reasons } = judgeModel(model);
    if (!admitted)
      throw new PluginError(
        'rejected',
        `The model.onnx of ${trainer} is refused: ${reasons
          .map(({ message }) => message)
          .slice(0, 3)
          .join(' ')}`,
      );
    const columns = input.table.columns.map(({ name, type }) => ({ name, type }));
    const conformed = conformModel(model, { columns, task: input.task, labels: input.labels });
    return { onnx: encodeModel(conformed.model), labels: conformed.labels };
  } catch (error) {
    if (error instanceof OnnxFormatError)
      throw new PluginError('rejected', `The model.onnx of ${trainer} is no ONNX model: ${error.message}.`, { cause: error });
    if (error instanceof ConformError)
      throw new PluginError('rejected', `The model.onnx of ${trainer} does not fit the table. ${error.message}`, { cause: error });
    throw error;
  }
}

function readJson<T>(files: Readonly<Record<string, Uint8Array>>, name: string, schema: z.ZodType<T>, right: string): T | undefined {
  const bytes = files[name];
  if (bytes === undefined) return undefined;
  let content: unknown;
  try {
    content = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    throw new PluginError('rejected', `${name} is no JSON; ${right} would be right.`);
  }
  const { data, success } = schema.safeParse(content);
  if (!success) throw new PluginError('rejected', `${name} is not ${right}.`);
  return data;
}
