// Trains Crisol's gradient boosting on the data that run.mjs wrote; prints seconds and test AUC as JSON.
import { readFileSync } from 'node:fs';
import { predictEnsemble, trainBoosting } from '../../libs/learners/dist/index.js';
import { rocAuc } from '../../libs/statistics/dist/index.js';

const [folder, ...numbers] = process.argv.slice(2);
const [rows, testRows, columns, rounds, maxLeaves] = numbers.map(Number);
const doubles = (name) => {
  const bytes = readFileSync(`${folder}/${name}`);
  return new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
};
const x = doubles('x.f64');
const y = doubles('y.f64');
const total = rows + testRows;
const tableOf = (from, to) => ({
  rows: to - from,
  columns: Array.from({ length: columns }, (_, c) => ({
    name: `x${c}`,
    type: 'number',
    values: x.slice(c * total + from, c * total + to),
  })),
});
const data = { task: 'binary', table: tableOf(0, rows), target: y.slice(0, rows), classCount: 2, seed: 1 };
const options = {
  rounds,
  maxLeaves,
  learningRate: 0.1,
  maxDepth: 0,
  minLeafRows: 20,
  l1: 0,
  l2: 1,
  minGain: 0,
  rowShare: 1,
  columnShare: 1,
  earlyStopping: 'off',
  validationShare: 0.1,
  patience: 10,
  monotone: {},
};
const silent = { progress() {}, metric() {}, log() {} };
const started = performance.now();
const { ensemble } = await trainBoosting(data, options, silent, new AbortController().signal);
const seconds = (performance.now() - started) / 1000;
const probabilities = predictEnsemble(ensemble, tableOf(rows, total));
const scores = Float64Array.from({ length: testRows }, (_, row) => probabilities[2 * row + 1]);
console.log(JSON.stringify({ seconds, auc: rocAuc(y.slice(rows), scores).value }));
