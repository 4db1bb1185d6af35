import { DataType, describeModel, GraphEditor, tensorValue, type Model } from '@crisol/onnx';
import { widthOf, type Answers } from './infer-answers.js';

// As in the platform's own k-means: a row on a centre belongs to it without a division by zero.
const nearestSquare = 1e-12;

/**
 * Exports whose numbers do not mean what the task promises get a few operators behind them: scikit-learn's isolation forest
 * (high is ordinary), its k-means (distances instead of memberships), and one probability where two are due. Others stay.
 */
export function adaptAnswers(
  model: Model,
  { task, labels, output }: Answers,
): { readonly model: Model; readonly notes: readonly string[] } {
  const { outputs, producer } = describeModel(model);
  if (output === undefined) return { model, notes: [] };
  const hasLabel = outputs.some(({ name, elementType }) => /label/i.test(name) && elementType === DataType.INT64);
  if (task === 'anomaly' && hasLabel && producer === 'skl2onnx') {
    return {
      model: replaceOutputs(model, output.name, output.elementType, 'prediction', 1, (editor, scores) =>
        editor.add(
          'Clip',
          [editor.add('Sub', [editor.constant(Float32Array.of(0.5)), scores]), ...editor.bounds(0, 1)],
          editor.bounded(0, 1),
        ),
      ),
      notes: [
        "scikit-learn's scores fall for unusual rows; the prediction is 0.5 − score, which is the score of the paper at its default offset.",
      ],
    };
  }
  if (task === 'clustering' && hasLabel && labels.length > 1) {
    return {
      model: replaceOutputs(model, output.name, output.elementType, 'probabilities', labels.length, (editor, distances) => {
        const floor = editor.constant(Float32Array.of(nearestSquare));
        const inverse = editor.add('Reciprocal', [editor.add('Max', [editor.add('Mul', [distances, distances]), floor])]);
        return editor.add('Div', [inverse, editor.sumOfRow(inverse)]);
      }),
      notes: ['The distances to the centres became memberships, (1/d²) / Σ(1/d²).'],
    };
  }
  if (task === 'binary' && widthOf(output) === 1) {
    return {
      model: replaceOutputs(model, output.name, output.elementType, 'probabilities', 2, (editor, p) => {
        const column = editor.add('Reshape', [p, editor.constant(BigInt64Array.of(-1n, 1n))]);
        return editor.add('Concat', [editor.add('Sub', [editor.constant(Float32Array.of(1)), column]), column], { axis: 1n });
      }),
      notes: [`The one probability is taken as that of ${labels[1] ?? ''}.`],
    };
  }
  if (labels.length > 0 && !/prob/i.test(output.name)) {
    return {
      model: replaceOutputs(model, output.name, output.elementType, 'probabilities', labels.length, (_editor, value) => value),
      notes: [`The output ${output.name} is taken as the probabilities.`],
    };
  }
  return { model, notes: [] };
}

/** A graph editor that knows how older operator sets are written. */
class AnswerEditor extends GraphEditor {
  /** Bounds as inputs, from operator set 11. */
  bounds(low: number, high: number): string[] {
    return this.opset < 11 ? [] : [this.constant(Float32Array.of(low), []), this.constant(Float32Array.of(high), [])];
  }
  /** Bounds as attributes, before. */
  bounded(low: number, high: number): Record<string, number> {
    return this.opset < 11 ? { min: low, max: high } : {};
  }
  sumOfRow(value: string): string {
    if (this.opset < 13) return this.add('ReduceSum', [value], { axes: [1n], keepdims: 1n });
    return this.add('ReduceSum', [value, this.constant(BigInt64Array.of(1n))], { keepdims: 1n });
  }
}

function replaceOutputs(
  model: Model,
  source: string,
  elementType: number,
  target: string,
  width: number,
  make: (editor: AnswerEditor, value: string) => string,
): Model {
  const editor = new AnswerEditor(model);
  editor.free(target);
  const name = editor.nameOf(source);
  const value = elementType === DataType.FLOAT ? name : editor.add('Cast', [name], { to: BigInt(DataType.FLOAT) });
  editor.write('Identity', [make(editor, value)], target);
  return editor.finish(model.graph.inputs, [tensorValue(target, DataType.FLOAT, ['N', width])]);
}
