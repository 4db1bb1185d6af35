// Trains each model type on mixed columns and compares the exported graph, run by onnxruntime, with the trainer's own
// predictions on fresh rows with missing and unseen values. Prints one JSON line for each model; see parity.spec.ts.
//   node parity.mjs [rows]
import * as ort from 'onnxruntime-node';
import {
  exportIsolation,
  exportKMeans,
  exportLinear,
  exportTrees,
  predictEnsemble,
  predictIsolation,
  predictKMeans,
  predictLinear,
  seededRandom,
  trainBoosting,
  trainForest,
  trainIsolationForest,
  trainKMeans,
  trainLinear,
} from '../dist/index.js';

const rows = Number(process.argv[2] ?? 10_000);
const cities = ['Lima', 'Quito', 'La Paz', 'Bogotá', 'Santiago', 'Asunción', 'Montevideo', 'Caracas'];

/** Fresh rows: 10 % missing everywhere; with `unseen`, texts and values that training never saw. */
function makeTable(count, seed, unseen) {
  const random = seededRandom(seed);
  const numeric = (make) => Float64Array.from({ length: count }, () => (random() < 0.1 ? NaN : make()));
  const far = unseen ? 3 : 1;
  const text = (levels, known) => ({
    type: 'text',
    levels,
    codes: Int32Array.from({ length: count }, () => (random() < 0.1 ? -1 : Math.floor(random() * (unseen ? levels.length : known)))),
  });
  return {
    rows: count,
    columns: [
      { name: 'price', type: 'number', values: numeric(() => (random() * far - 0.2) * 1000) },
      { name: 'rooms', type: 'integer', values: numeric(() => Math.floor(random() * 9 * far)) },
      { name: 'garden', type: 'boolean', values: numeric(() => (random() < 0.4 ? 1 : 0)) },
      { name: 'built', type: 'date', values: numeric(() => Math.floor(random() * 20_000 * far) - 3000) },
      { name: 'seen at', type: 'timestamp', values: numeric(() => 18_000 + Math.floor(random() * 86_400_000 * far) / 86_400) },
      { name: 'city', ...text([...cities, 'Belém', 'Cusco'], cities.length) },
      {
        name: 'code',
        ...text(
          Array.from({ length: 700 }, (_, i) => `c${i}`),
          600,
        ),
      },
      { name: 'constant', type: 'number', values: new Float64Array(count).fill(7) },
      { name: 'empty', type: 'text', levels: [], codes: new Int32Array(count).fill(-1) },
    ],
  };
}

function targetOf(table, task) {
  const [price, rooms, garden, built, seenAt, city] = table.columns;
  const random = seededRandom(5);
  return Float64Array.from({ length: table.rows }, (_, row) => {
    const known = (column) => (Number.isNaN(column.values[row]) ? 0.3 : column.values[row]);
    const hour = Math.floor((known(seenAt) % 1) * 24);
    const score =
      known(price) / 300 +
      0.2 * known(rooms) +
      known(garden) +
      known(built) / 9000 +
      (city.codes[row] % 3) +
      (hour > 11 ? 1 : 0) +
      random();
    if (task === 'regression' || task === 'anomaly' || task === 'clustering') return score;
    return task === 'binary' ? (score > 4 ? 1 : 0) : score > 5 ? 2 : score > 3 ? 1 : 0;
  });
}

async function runGraph(onnx, table, task) {
  const session = await ort.InferenceSession.create(onnx, { intraOpNumThreads: 1, interOpNumThreads: 1 });
  const feeds = Object.fromEntries(
    table.columns.map((column) => {
      const shape = [table.rows, 1];
      if (column.type === 'text')
        return [
          column.name,
          new ort.Tensor(
            'string',
            Array.from(column.codes, (code) => column.levels[code] ?? ''),
            shape,
          ),
        ];
      const isDate = column.type === 'date' || column.type === 'timestamp';
      return [
        column.name,
        new ort.Tensor(isDate ? 'float64' : 'float32', isDate ? column.values : Float32Array.from(column.values), shape),
      ];
    }),
  );
  const answer = await session.run(feeds);
  return task === 'regression' || task === 'anomaly'
    ? { values: answer.prediction.data }
    : { values: answer.probabilities.data, labels: answer.label.data, shape: answer.label.dims };
}

const silent = { progress() {}, metric() {}, log() {} };
const { signal } = new globalThis.AbortController();
const boosting = {
  rounds: 60,
  learningRate: 0.1,
  maxLeaves: 31,
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
const trees = (train) => async (data, labels) => {
  const { ensemble } = await train(data);
  return { onnx: exportTrees(ensemble, labels), predict: (table) => predictEnsemble(ensemble, table) };
};
const learners = {
  'gradient-boosting': trees((data) => trainBoosting(data, boosting, silent, signal)),
  'gradient-boosting, 600 rounds, sampled': trees((data) =>
    trainBoosting(data, { ...boosting, rounds: 600, maxLeaves: 4, rowShare: 0.7, columnShare: 0.6 }, silent, signal),
  ),
  'random-forest': trees((data) =>
    trainForest(data, { trees: 30, maxDepth: 0, minLeafRows: 1, features: 'auto', bootstrap: true }, silent, signal),
  ),
  linear: async (data, labels) => {
    const { model } = await trainLinear(
      data,
      { alpha: 1, inverseRegularisation: 1, maxIterations: 500, tolerance: 1e-6, standardise: true },
      silent,
      signal,
    );
    return { onnx: exportLinear(model, labels), predict: (table) => predictLinear(model, table) };
  },
};

const isolation = (trees) => async (data) => {
  const options = { trees, sampleRows: 256, maxDepth: 0 };
  const { forest } = await trainIsolationForest(data, options, silent, signal);
  return { onnx: exportIsolation(forest), predict: (table) => predictIsolation(forest, table) };
};
const withoutTarget = {
  'isolation-forest': isolation(100),
  'isolation-forest, 600 trees': isolation(600),
  kmeans: async (data, labels) => {
    const options = { clusters: labels.length, starts: 3, maxIterations: 300, tolerance: 1e-4, standardise: true };
    const { model } = await trainKMeans(data, options, silent, signal);
    return { onnx: exportKMeans(model, labels), predict: (table) => predictKMeans(model, table) };
  },
};
const supervised = ['regression', 'binary', 'multiclass'];
const runs = [
  ...Object.entries(learners).flatMap(([name, train]) => supervised.map((task) => [name, train, task])),
  ...Object.entries(withoutTarget).map(([name, train]) => [name, train, name === 'kmeans' ? 'clustering' : 'anomaly']),
];

for (const [name, train, task] of runs) {
  const labels = { binary: ['no', 'sí'], multiclass: ['low', 'middle', 'high'], clustering: ['0', '1', '2', '3', '4'] }[task] ?? [];
  const table = makeTable(4000, 1, false);
  const data = { task, table, target: targetOf(table, task), classCount: labels.length, seed: 3 };
  const model = await train(data, labels);
  const again = await train(data, labels);
  const test = makeTable(rows, 2, true);
  const own = model.predict(test);
  const graph = await runGraph(model.onnx, test, task);
  let worst = 0;
  let wrongLabels = 0;
  for (let i = 0; i < own.length; i++) worst = Math.max(worst, Math.abs(own[i] - graph.values[i]) / Math.max(1, Math.abs(own[i])));
  for (let row = 0; row < rows && labels.length > 0; row++) {
    const shares = own.subarray(row * labels.length, (row + 1) * labels.length);
    const best = Math.max(...shares);
    const chosen = shares[labels.indexOf(graph.labels[row])];
    if (!(best - chosen < 2e-5)) wrongLabels++;
  }
  const sameBytes = Buffer.from(model.onnx).equals(Buffer.from(again.onnx));
  console.log(JSON.stringify({ name, task, rows, compared: own.length, worst, wrongLabels, sameBytes, bytes: model.onnx.length }));
}

// Large enough for the second thread; early stopping, sampling and all three losses on.
for (const task of ['regression', 'binary', 'multiclass']) {
  const table = makeTable(30_000, 1, false);
  const data = { task, table, target: targetOf(table, task), classCount: { regression: 0, binary: 2, multiclass: 3 }[task], seed: 3 };
  const train = async (threads) => {
    const options = { ...boosting, rounds: 20, rowShare: 0.8, columnShare: 0.8, earlyStopping: 'on', threads };
    const { ensemble } = await trainBoosting(data, options, silent, signal);
    return Buffer.from(exportTrees(ensemble, ['a', 'b', 'c'].slice(0, Math.max(2, data.classCount))));
  };
  const [one, two] = [await train(1), await train(2)];
  console.log(JSON.stringify({ name: 'one thread and two', task, worst: 0, wrongLabels: 0, sameBytes: one.equals(two) }));
}
