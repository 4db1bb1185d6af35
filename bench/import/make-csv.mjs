// Writes a CSV of 20 columns: numbers, integers, categories, texts, dates, booleans and missing values, from a fixed seed.
import { createWriteStream } from 'node:fs';
import { once } from 'node:events';

export async function makeCsv(path, rows) {
  let state = 42;
  const random = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const cities = Array.from({ length: 300 }, (_unused, index) => `city-${index}`);
  const names = Array.from({ length: 20 }, (_unused, index) => `c${index}`);
  const out = createWriteStream(path);
  out.write(`${names.join(',')}\n`);
  let block = [];
  for (let row = 0; row < rows; row++) {
    const cells = [row];
    for (let i = 0; i < 9; i++) cells.push(random() < 0.03 ? '' : (random() * 1000 - 500).toFixed(4));
    for (let i = 0; i < 4; i++) cells.push(Math.floor(random() ** 3 * 100000));
    cells.push(cities[Math.floor(random() * cities.length)], ['a', 'b', 'c'][Math.floor(random() * 3)], random() < 0.5);
    cells.push(new Date(1.6e12 + Math.floor(random() * 1e11)).toISOString().slice(0, 10));
    cells.push(new Date(1.6e12 + Math.floor(random() * 1e11)).toISOString().slice(0, 19).replace('T', ' '));
    cells.push(`user-${Math.floor(random() * 500000)}`);
    block.push(cells.join(','));
    if (block.length === 5000) {
      if (!out.write(`${block.join('\n')}\n`)) await once(out, 'drain');
      block = [];
    }
  }
  if (block.length > 0) out.write(`${block.join('\n')}\n`);
  out.end();
  await once(out, 'finish');
}
