// Compares the generated files with what the code makes now; `--write` saves them. Needs a build.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { breakingChanges, makeApiReport, reportedLibraries } from './api-report.mjs';
import { nodeBinary, nodeEnvironment, repositoryRoot } from './node-binary.mjs';

const write = process.argv.includes('--write');
const output = execFileSync(nodeBinary(), [join(repositoryRoot, 'apps/server/dist/snapshots.js')], {
  cwd: repositoryRoot,
  env: nodeEnvironment(),
  maxBuffer: 64 * 1024 * 1024,
  stdio: ['ignore', 'pipe', 'inherit'],
});
const { files, settings } = JSON.parse(output.toString());

// The README's table of settings stands between these two lines.
const readme = join(repositoryRoot, 'README.md');
const between = /(<!-- settings -->\n)[\s\S]*?(<!-- \/settings -->)/;
if (existsSync(readme)) {
  const text = readFileSync(readme, 'utf8');
  files['README.md'] = between.test(text)
    ? text.replace(between, (_all, open, close) => `${open}${settings}\n${close}`)
    : `${text}\n<!-- settings -->\n${settings}\n<!-- /settings -->\n`;
}

// A report may grow; what it takes away needs a new major version of its library first.
let broken = 0;
for (const name of reportedLibraries) {
  const report = `libs/${name}/api-report.md`;
  files[report] = makeApiReport(name);
  const path = join(repositoryRoot, report);
  const committed = existsSync(path) ? readFileSync(path, 'utf8') : files[report];
  for (const change of committed === files[report] ? [] : breakingChanges(name, committed, files[report])) {
    broken++;
    console.error(`@crisol/${name}: ${change} That breaks its users: raise its major version, or keep it.`);
  }
}
if (broken > 0) process.exit(1);

let drifted = 0;
for (const [name, made] of Object.entries(files)) {
  const path = join(repositoryRoot, name);
  const found = existsSync(path) ? readFileSync(path, 'utf8') : undefined;
  if (found === made) continue;
  if (write) {
    writeFileSync(path, made);
    console.log(`wrote ${name}`);
    continue;
  }
  drifted++;
  const lines = (found ?? '').split('\n');
  const at = made.split('\n').findIndex((line, i) => line !== lines[i]);
  console.error(
    `${name} is not what the code makes${found === undefined ? ' (it is missing)' : `, from line ${at + 1}`}. Run: node scripts/run.mjs scripts/check-drift.mjs --write`,
  );
}
process.exit(drifted > 0 ? 1 : 0);
