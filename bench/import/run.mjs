// Time from a CSV to a version with its profile, against DuckDB's read_csv and Parquet write: `node scripts/run.mjs bench/import/run.mjs [rows] [runs]`.
import { execFile } from 'node:child_process';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { makeCsv } from './make-csv.mjs';

const rows = Number(process.argv[2] ?? 1_000_000);
const runs = Number(process.argv[3] ?? 5);
const limit = 3;
const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const programs = { baseline: here('./baseline.mjs'), import: here('../../apps/server/dist/datasets/import.program.js') };
const folder = await mkdtemp(join(tmpdir(), 'crisol-bench-'));
try {
  const csv = join(folder, 'table.csv');
  await makeCsv(csv, rows);
  const { size } = await stat(csv);
  console.log(`${rows.toLocaleString('en')} rows x 20 columns, ${(size / 1e6).toFixed(0)} MB, ${runs} runs each, alternating`);
  const times = { baseline: [], import: [] };
  let peakMb = 0;
  for (let turn = 0; turn < runs; turn++) {
    for (const name of ['baseline', 'import']) {
      const work = await mkdtemp(join(folder, 'work-'));
      const { stdout } = await promisify(execFile)(process.execPath, [here('./child.mjs'), programs[name], csv, work]);
      const result = JSON.parse(stdout);
      times[name].push(result.ms);
      if (name === 'import') peakMb = Math.max(peakMb, result.peakMb);
      await rm(work, { recursive: true });
    }
  }
  const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];
  const ratio = median(times.import) / median(times.baseline);
  console.log(`read_csv + Parquet write   ${median(times.baseline).toFixed(0)} ms`);
  console.log(`import with profile        ${median(times.import).toFixed(0)} ms, peak ${peakMb.toFixed(0)} MiB`);
  console.log(`ratio                      ${ratio.toFixed(2)} (at most ${limit})`);
  process.exitCode = ratio <= limit ? 0 : 1;
} finally {
  await rm(folder, { recursive: true, force: true });
}
