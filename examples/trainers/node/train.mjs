// A trainer for Crisol's model type `external` without Python: least squares by gradient descent on standardised numeric
// columns (and logistic regression for two classes), in plain JavaScript. It works in its own folder: reads train.parquet (with
// DuckDB) and params.json, writes lines of JSON to standard output, and leaves model.onnx, metrics.json and importance.json.
// Exit code 65 means: this table cannot be trained on. Parameters: {"steps": 300}.
import { DuckDBInstance } from '@duckdb/node-api';
import { readFileSync, writeFileSync } from 'node:fs';
import { linearGraph } from './linear-graph.mjs';

const say = (line) => console.log(JSON.stringify(line));
function refuse(reason) {
  console.error(reason);
  process.exit(65);
}

const spec = JSON.parse(readFileSync('params.json', 'utf8'));
if (spec.task !== 'regression' && spec.task !== 'binary') refuse(`This trainer learns numbers and two classes, not ${spec.task}.`);
const texts = spec.columns.filter(({ type }) => type === 'text');
if (texts.length > 0) refuse(`This trainer takes numbers only; leave out ${texts.map(({ name }) => name).join(', ')}.`);

const quote = (name) => `"${name.replaceAll('"', '""')}"`;
const asNumber = ({ name, type }) =>
  type === 'date' || type === 'timestamp' ? `epoch(${quote(name)}::TIMESTAMP) / 86400` : `${quote(name)}::DOUBLE`;
const isClass = spec.task === 'binary';
const target = isClass ? quote(spec.target) : `${quote(spec.target)}::DOUBLE`;
const database = await (await DuckDBInstance.create(':memory:')).connect();
const rows = (await database.runAndReadAll(`SELECT ${[...spec.columns.map(asNumber), target].join(', ')} FROM 'train.parquet'`)).getRows();
say({ progress: 0.1, message: `Read ${rows.length} rows` });

const width = spec.columns.length;
const columns = spec.columns.map((_, k) => {
  const present = rows.map((row) => row[k]).filter((value) => Number.isFinite(value));
  const mean = present.reduce((sum, value) => sum + value, 0) / Math.max(1, present.length);
  const scale = Math.sqrt(present.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, present.length)) || 1;
  return { mean, scale };
});
const x = rows.map((row) => columns.map(({ mean, scale }, k) => (Number.isFinite(row[k]) ? (row[k] - mean) / scale : 0)));
const y = rows.map((row) => (isClass ? Number(row[width] === spec.labels[1]) : row[width]));

const steps = spec.params.steps ?? 300;
const weights = new Array(width).fill(0);
let bias = isClass ? 0 : y.reduce((sum, value) => sum + value, 0) / y.length;
// Half the inverse of the largest possible curvature, so that the descent cannot run away.
const rate = (isClass ? 4 : 1) / (width + 1);
let loss = 0;
for (let step = 1; step <= steps; step++) {
  const gradient = new Array(width).fill(0);
  let drift = 0;
  loss = 0;
  x.forEach((row, i) => {
    const score = row.reduce((sum, value, k) => sum + value * weights[k], bias);
    const answer = isClass ? 1 / (1 + Math.exp(-score)) : score;
    const error = answer - y[i];
    loss += isClass ? -Math.log(Math.max(1e-15, y[i] === 1 ? answer : 1 - answer)) : error ** 2;
    drift += error;
    row.forEach((value, k) => (gradient[k] += error * value));
  });
  gradient.forEach((value, k) => (weights[k] -= (rate * value) / x.length));
  bias -= (rate * drift) / x.length;
  loss /= x.length;
  if (step % 10 === 0 || step === steps) {
    say({ metric: 'train_loss', step, value: loss });
    say({ progress: 0.1 + (0.8 * step) / steps, message: `Step ${step} of ${steps}` });
  }
}

writeFileSync('model.onnx', linearGraph(columns, weights, bias, isClass));
writeFileSync('metrics.json', JSON.stringify({ train_loss: loss }));
writeFileSync('importance.json', JSON.stringify(Object.fromEntries(spec.columns.map(({ name }, k) => [name, Math.abs(weights[k])]))));
say({ progress: 1, message: 'Done' });
