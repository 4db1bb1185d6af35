import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

// One process for each part: the types of all packages together do not fit into the default heap of one.
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const parts = [['libs'], ['plugins'], ['apps/server'], ['apps/console']];
const taken = parts.flat();
const inFolder = (folder) =>
  readdirSync(join(root, folder), { withFileTypes: true }).map((entry) => (folder === '.' ? entry.name : `${folder}/${entry.name}`));
const rest = [
  ...inFolder('.').filter((name) => name !== 'apps' && name !== 'node_modules' && !name.startsWith('.')),
  ...inFolder('apps'),
].filter((name) => !taken.includes(name));
const eslint = join(root, 'node_modules/eslint/bin/eslint.js');
let failed = false;
for (const part of [...parts, rest]) {
  const run = spawnSync(
    process.execPath,
    [eslint, '--no-warn-ignored', '--pass-on-no-patterns', '--no-error-on-unmatched-pattern', ...part],
    { cwd: root, stdio: 'inherit' },
  );
  failed ||= run.status !== 0;
}
process.exitCode = failed ? 1 : 0;
