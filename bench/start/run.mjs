// Time to ready and memory at rest, of the built server with a warm data folder.
//   node scripts/run.mjs bench/start/run.mjs [--runs 5] [--idle 10]
// Memory is of all processes together: the server, its children, PostgreSQL. PSS counts a page that several processes
// share once; RSS counts it in each. The last line is JSON. Linux only, since it reads /proc.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { median, startCrisol } from './crisol-process.mjs';

const { values } = parseArgs({ options: { runs: { type: 'string', default: '5' }, idle: { type: 'string', default: '10' } } });
const runs = Number(values.runs);
const idleSeconds = Number(values.idle);
const folder = mkdtempSync(join(tmpdir(), 'crisol-start-'));

const cold = await startCrisol(folder);
console.log(`first start, with a new database: ${(cold.readyMs / 1000).toFixed(2)} s`);
await cold.stop();

const times = [];
const memories = [];
try {
  for (let run = 0; run < runs; run++) {
    const server = await startCrisol(folder);
    times.push(server.readyMs);
    await new Promise((resolve) => setTimeout(resolve, idleSeconds * 1000));
    const processes = family(server.pid);
    const rss = sum(processes, 'rss');
    const pss = sum(processes, 'pss');
    memories.push({ rss, pss });
    console.log(
      `run ${run + 1}: ready after ${(server.readyMs / 1000).toFixed(2)} s; ${processes.length} processes, PSS ${pss} MB, RSS ${rss} MB`,
    );
    if (run === runs - 1)
      for (const one of processes)
        console.log(`  ${String(one.pss).padStart(4)} MB PSS ${String(one.rss).padStart(4)} MB RSS  ${one.name}`);
    await server.stop();
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
const result = {
  bench: 'start',
  runs,
  idleSeconds,
  coldSeconds: round(cold.readyMs / 1000),
  readySeconds: round(median(times) / 1000),
  readySecondsSlowest: round(Math.max(...times) / 1000),
  pssMegabytes: median(memories.map((one) => one.pss)),
  rssMegabytes: median(memories.map((one) => one.rss)),
};
result.targetsMet = result.readySeconds <= 3 && result.pssMegabytes <= 450;
console.log(JSON.stringify(result));

/** The process and everything that it started, and what those did. */
function family(root) {
  const children = new Map();
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      const stat = readFileSync(`/proc/${entry}/stat`, 'utf8');
      const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
      children.set(parent, [...(children.get(parent) ?? []), Number(entry)]);
    } catch {
      // It ended between the list and the look.
    }
  }
  const found = [];
  const open = [root];
  for (const pid of open) {
    open.push(...(children.get(pid) ?? []));
    const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
    const megabytes = (field) => Math.round(Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(rollup)?.[1] ?? 0) / 1024);
    const name = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
    found.push({ pid, rss: megabytes('Rss'), pss: megabytes('Pss'), name: name.slice(0, 90) });
  }
  return found;
}

function sum(processes, field) {
  return processes.reduce((total, one) => total + one[field], 0);
}

function round(value) {
  return Math.round(value * 100) / 100;
}
