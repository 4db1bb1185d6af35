// Writes a table as Parquet and reads it back, in a process of its own, as a job's child does; prints both and the speed.
import { join } from 'node:path';
const [module, folder, rowsText] = process.argv.slice(2);
const { duckDbTableFiles } = await import(module);
const path = join(folder, 'table.parquet');
const day = 10_957.25;
const small = {
  rows: 4,
  columns: [
    { name: 'x', type: 'number', values: Float64Array.of(0.5, NaN, -1e300, 3) },
    { name: 'n', type: 'integer', values: Float64Array.of(1, NaN, -3, 2 ** 40) },
    { name: 'b', type: 'boolean', values: Float64Array.of(1, NaN, 0, 1) },
    { name: 'd', type: 'date', values: Float64Array.of(1, NaN, -1, 10_957) },
    { name: 't', type: 'timestamp', values: Float64Array.of(0.5, NaN, -0.25, day) },
    { name: 'a "name"', type: 'text', codes: Int32Array.of(1, -1, 0, 2), levels: ["it's", 'é', ''] },
  ],
};
await duckDbTableFiles.write(path, small);
const signal = AbortSignal.timeout(60_000);
const plain = (table) => ({
  rows: table.rows,
  columns: table.columns.map((column) => ({
    name: column.name,
    type: column.type,
    cells:
      column.type === 'text'
        ? [...column.codes].map((code) => column.levels[code] || null)
        : [...column.values].map((value) => (Number.isNaN(value) ? null : value)),
  })),
});
const back = await duckDbTableFiles.read(path, undefined, 100, signal);
const first = await duckDbTableFiles.read(path, ['n'], 2, signal);
const unknown = await duckDbTableFiles.read(path, ['nope'], 2, signal).catch((error) => `${error.code}: ${error.message}`);
const rows = Number(rowsText);
const large = {
  rows,
  columns: [
    { name: 'i', type: 'integer', values: Float64Array.from({ length: rows }, (_, i) => i) },
    {
      name: 'k',
      type: 'text',
      codes: Int32Array.from({ length: rows }, (_, i) => i % 100),
      levels: Array.from({ length: 100 }, (_, i) => `k${i}`),
    },
  ],
};
await duckDbTableFiles.write(path, large);
const again = await duckDbTableFiles.read(path, ['i', 'k'], rows, signal);
const [i, k] = again.columns;
const ordered = i.values.every((value, at) => value === at) && k.codes.every((code, at) => k.levels[code] === `k${at % 100}`);
console.log(JSON.stringify({ written: plain(small), back: plain(back), first: plain(first), unknown, ordered }));
