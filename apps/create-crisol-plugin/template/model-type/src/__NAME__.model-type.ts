import { PluginError, type ModelType } from '@crisol/plugin-api';
import { Params } from './__NAME__.settings.ts';
import { constantModel } from './constant-model.ts';

/** A baseline that every other model should beat: it answers with the trimmed mean of the targets. */
export const __CAMEL__ModelType: ModelType<Params> = {
  name: '__NAME__',
  title: '__TITLE__',
  description: 'Answers with the trimmed mean of the targets, whatever the row',
  tasks: ['regression'],
  params: Params,
  search: { trim: { kind: 'float', low: 0, high: 0.45 } },
  async train({ table, target, params }, report, signal) {
    signal.throwIfAborted();
    if (target === null || target.type === 'text' || table.rows === 0)
      throw new PluginError('unusable_data', 'It needs rows with a number as target.');
    report.progress(0, 'Sorting the targets');
    const sorted = target.values.toSorted();
    const left = Math.floor(sorted.length * params.trim);
    const kept = sorted.subarray(left, sorted.length - left);
    const mean = kept.reduce((sum, value) => sum + value, 0) / kept.length;
    report.metric('kept_rows', 0, kept.length);
    report.progress(1, 'Done');
    return {
      onnx: constantModel(table.columns, mean),
      importance: table.columns.map(({ name }) => ({ column: name, value: 0 })),
      notes: [`It answers ${mean}, the mean of ${kept.length} of ${sorted.length} targets.`],
      predict: (rows) => new Float64Array(rows.rows).fill(mean),
    };
  },
};
