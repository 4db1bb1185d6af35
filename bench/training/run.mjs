// Gradient boosting against scikit-learn's HistGradientBoosting on the same data and machine.
//   node scripts/run.mjs bench/training/run.mjs [--rows 100000] [--columns 30] [--rounds 100] [--leaves 31] [--runs 5]
// Makes .venv-bench at the repository root when it is missing (needs python3 with venv and pip). Runs alternate, each in a
// process of its own; times are of fitting alone, binning included. The last line is JSON.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { seededRandom } from '../../libs/learners/dist/index.js';

const here = import.meta.dirname;
const root = join(here, '..', '..');
const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '100000' },
    columns: { type: 'string', default: '30' },
    rounds: { type: 'string', default: '100' },
    leaves: { type: 'string', default: '31' },
    runs: { type: 'string', default: '5' },
  },
});
const [rows, columns, rounds, leaves, runs] = [values.rows, values.columns, values.rounds, values.leaves, values.runs].map(Number);
const testRows = Math.min(rows, 50_000);

const python = join(root, '.venv-bench', 'bin', 'python');
if (!existsSync(python)) execFileSync('python3', ['-m', 'venv', join(root, '.venv-bench')], { stdio: 'inherit' });
try {
  execFileSync(python, ['-c', 'import sklearn'], { stdio: 'ignore' });
} catch {
  execFileSync(python, ['-m', 'pip', 'install', '--quiet', 'scikit-learn'], { stdio: 'inherit' });
}

const folder = mkdtempSync(join(tmpdir(), 'crisol-bench-'));
try {
  writeData();
  const sizes = [rows, testRows, columns, rounds, leaves].map(String);
  const measured = { crisol: [], sklearn: [] };
  const aucs = {};
  let sklearnVersion = '';
  for (let run = 0; run < runs; run++) {
    const ours = answer(process.execPath, [join(here, 'crisol-boosting.mjs'), folder, ...sizes]);
    const theirs = answer(python, [join(here, 'sklearn_boosting.py'), folder, ...sizes]);
    measured.crisol.push(ours.seconds);
    measured.sklearn.push(theirs.seconds);
    aucs.crisol = ours.auc;
    aucs.sklearn = theirs.auc;
    sklearnVersion = theirs.version;
    console.log(`run ${run + 1}: crisol ${ours.seconds.toFixed(2)} s, scikit-learn ${theirs.seconds.toFixed(2)} s`);
  }
  const crisolSeconds = median(measured.crisol);
  const sklearnSeconds = median(measured.sklearn);
  const result = {
    bench: 'training',
    rows,
    columns,
    rounds,
    leaves,
    runs,
    sklearnVersion,
    crisolSeconds,
    sklearnSeconds,
    ratio: crisolSeconds / sklearnSeconds,
    aucCrisol: aucs.crisol,
    aucSklearn: aucs.sklearn,
    aucDifference: aucs.crisol - aucs.sklearn,
  };
  console.log(
    `median: ${crisolSeconds.toFixed(2)} s against ${sklearnSeconds.toFixed(2)} s, ratio ${result.ratio.toFixed(2)}; AUC ${aucs.crisol.toFixed(4)} against ${aucs.sklearn.toFixed(4)}`,
  );
  console.log(JSON.stringify(result));
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function answer(command, args) {
  const text = execFileSync(command, args, { encoding: 'utf8', maxBuffer: 1 << 24 });
  return JSON.parse(text.trim().split('\n').at(-1));
}

function median(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

// Bell-shaped columns; the first third matters: linearly, in waves and in pairs. The rest is noise.
function writeData() {
  const random = seededRandom(2024);
  const total = rows + testRows;
  const x = new Float64Array(columns * total);
  const y = new Float64Array(total);
  for (let row = 0; row < total; row++) {
    let score = 0;
    const at = (column) => x[column * total + row];
    for (let column = 0; column < columns; column++) x[column * total + row] = random() + random() + random() + random() - 2;
    const useful = Math.max(3, Math.floor(columns / 3));
    for (let column = 0; column + 2 < useful; column += 3)
      score += at(column) - 1.5 * at(column) * at(column + 1) + Math.sin(4 * at(column + 2));
    y[row] = random() < 1 / (1 + Math.exp(-score)) ? 1 : 0;
  }
  writeFileSync(join(folder, 'x.f64'), x);
  writeFileSync(join(folder, 'y.f64'), y);
}
