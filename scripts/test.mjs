// `npm test`: builds, then runs every ring of tests and prints one table. Each ring writes its results as JSON under
// test-results/, from which the totals are counted. `npm test -- unit medium` runs only those rings.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { nodeBinary, nodeEnvironment, repositoryRoot } from './node-binary.mjs';

const results = join(repositoryRoot, 'test-results');
const rings = {
  unit: () => jest('unit'),
  console: () =>
    tool('vitest', [
      'run',
      '--root',
      'apps/console',
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${join(results, 'console.json')}`,
    ]),
  medium: () => jest('medium'),
  e2e: () => jest('e2e'),
};

function jest(project) {
  return run(nodeBinary(), [
    join(repositoryRoot, 'scripts/jest.mjs'),
    '--selectProjects',
    project,
    '--maxWorkers=2',
    '--json',
    `--outputFile=${join(results, `${project}.json`)}`,
  ]);
}

function tool(name, args) {
  return run(nodeBinary(), [join(repositoryRoot, 'scripts/run.mjs'), name, ...args]);
}

function run(command, args) {
  // Jest prints its JSON to stdout as well as to the file; people read stderr.
  const toStdout = args.includes('--json') ? 'ignore' : 'inherit';
  return spawnSync(command, args, { cwd: repositoryRoot, stdio: ['ignore', toStdout, 'inherit'], env: nodeEnvironment() }).status ?? 1;
}

const asked = process.argv.slice(2).filter((name) => Object.hasOwn(rings, name));
const names = asked.length > 0 ? asked : Object.keys(rings);
rmSync(results, { recursive: true, force: true });
mkdirSync(results, { recursive: true });

const build = tool('nx', ['run-many', '-t', 'build', '--output-style=static']);
if (build !== 0) {
  console.error('The build failed; no test was run.');
  process.exit(build);
}

let failed = 0;
const totals = { passed: 0, failed: 0, skipped: 0 };
for (const name of names) {
  const started = Date.now();
  const status = rings[name]();
  const file = join(results, `${name}.json`);
  const counts = { passed: 0, failed: 0, skipped: 0 };
  if (existsSync(file)) {
    const report = JSON.parse(readFileSync(file, 'utf8'));
    counts.passed = report.numPassedTests;
    counts.failed = report.numFailedTests + (report.numRuntimeErrorTestSuites ?? 0);
    counts.skipped = report.numPendingTests + (report.numTodoTests ?? 0);
  }
  if (status !== 0 && counts.failed === 0) counts.failed = 1;
  failed += counts.failed;
  for (const key of Object.keys(totals)) totals[key] += counts[key];
  console.log(
    `${name.padEnd(8)} ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped in ${Math.round((Date.now() - started) / 1000)} s`,
  );
}
console.log(`${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`);
process.exit(failed > 0 ? 1 : 0);
