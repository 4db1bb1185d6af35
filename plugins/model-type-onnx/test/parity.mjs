// Brings each export of test/golden, runs what comes out on onnxruntime, and prints how far it is from what the library that
// trained it answers; one JSON line for each model. See parity.spec.ts.
import * as ort from 'onnxruntime-node';
import { readdirSync, readFileSync } from 'node:fs';
import plugin from '../dist/plugin.js';

const golden = new URL('golden/', import.meta.url);
const [modelType] = plugin.setup({ settings: {} }).modelTypes;
const silent = { progress() {}, metric() {}, log() {}, saveCheckpoint: async () => {} };
const { signal } = new globalThis.AbortController();

for (const file of readdirSync(golden).filter((name) => name.endsWith('.onnx'))) {
  const name = file.replace('.onnx', '');
  const expected = JSON.parse(readFileSync(new URL(`${name}.json`, golden), 'utf8'));
  const files = { 'model.onnx': readFileSync(new URL(file, golden)) };
  const brought = await modelType.bring({ files, params: modelType.params.parse({}) }, silent, signal);
  const session = await ort.InferenceSession.create(brought.onnx);
  const feeds = Object.fromEntries(
    expected.inputs.map(({ name: input, type, dims, data }) => [
      input,
      new ort.Tensor(type, type === 'string' ? data : Float32Array.from(data), dims),
    ]),
  );
  const answer = await session.run(feeds);
  const outputs = session.outputNames;
  console.log(
    JSON.stringify({ name, task: brought.task, labels: brought.labels, origin: brought.origin, ...compare(expected, answer, outputs) }),
  );
}

function compare(expected, answer, outputs) {
  const named = (pattern) => answer[outputs.find((output) => pattern.test(output))]?.data ?? [];
  if (expected.probabilities) return farthest(expected.probabilities.flat(), named(/prob/));
  if (expected.prediction) return farthest(expected.prediction, answer[outputs[0]].data);
  // score_samples of scikit-learn is decision_function + offset, and the score of the paper its negative; the offset is −0.5.
  if (expected.scores)
    return farthest(
      expected.scores.map((score) => 0.5 - score),
      named(/prediction/),
    );
  const memberships = named(/prob/);
  const width = memberships.length / expected.label.length;
  const nearest = expected.label.map((_, row) => {
    const one = [...memberships.slice(row * width, (row + 1) * width)];
    return one.indexOf(Math.max(...one));
  });
  return farthest(expected.label, nearest);
}

function farthest(expected, got) {
  if (expected.length !== got.length) return { worst: null, compared: got.length };
  const worst = Math.max(...expected.map((value, i) => Math.abs(value - Number(got[i])) / Math.max(1, Math.abs(value))));
  return { worst, compared: got.length };
}
