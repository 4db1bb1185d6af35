// Builds the workspaces when a source is newer than the last build: a look at modification times takes milliseconds,
// where asking the task runner takes seconds.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { nodeBinary, nodeEnvironment, repositoryRoot } from './node-binary.mjs';

const stampFile = join(repositoryRoot, 'node_modules', '.cache', 'crisol', 'built');
const ownFiles = ['package.json', 'tsconfig.json', 'index.html', 'vite.config.ts'];

/** Folders of the workspaces that have something to build. */
export function buildableWorkspaces(root = repositoryRoot) {
  return ['libs', 'plugins', 'apps'].flatMap((group) =>
    readdirSync(join(root, group), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => join(root, group, entry.name))
      .filter((folder) => {
        const manifest = join(folder, 'package.json');
        return existsSync(join(folder, 'src')) && existsSync(manifest) && JSON.parse(readFileSync(manifest, 'utf8')).scripts?.build;
      }),
  );
}

/** Whether a workspace has no build, or a source changed after `since` (milliseconds). */
export function isStale(folder, since) {
  if (!existsSync(join(folder, 'dist'))) return true;
  if (ownFiles.some((file) => changedAfter(join(folder, file), since))) return true;
  return readdirSync(join(folder, 'src'), { recursive: true, withFileTypes: true }).some(
    (entry) => !/[.-]spec\.ts$/.test(entry.name) && changedAfter(join(entry.parentPath ?? entry.path, entry.name), since),
  );
}

function changedAfter(path, since) {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat !== undefined && stat.mtimeMs > since;
}

/** Builds what is not built. Quiet unless it fails; resolves to false then, with the output on stderr. */
export async function buildIfStale() {
  const startedAt = new Date();
  const since = statSync(stampFile, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const shared = ['package-lock.json', 'tsconfig.base.json', '.swcrc'].some((file) => changedAfter(join(repositoryRoot, file), since));
  if (!shared && !buildableWorkspaces().some((folder) => isStale(folder, since))) return true;
  process.stdout.write('Building what changed …\n');
  const output = [];
  const nx = realpathSync(join(repositoryRoot, 'node_modules', '.bin', 'nx'));
  const child = spawn(nodeBinary(), [nx, 'run-many', '-t', 'build', '--outputStyle=static'], {
    cwd: repositoryRoot,
    env: nodeEnvironment(),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const forward = (signal) => child.kill(signal);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, forward);
  child.stdout.on('data', (chunk) => output.push(chunk));
  child.stderr.on('data', (chunk) => output.push(chunk));
  const code = await new Promise((resolve) => {
    child.on('exit', (status) => resolve(status ?? 1));
    child.on('error', () => resolve(1));
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.off(signal, forward);
  if (code !== 0) {
    process.stderr.write(Buffer.concat(output));
    return false;
  }
  mkdirSync(join(stampFile, '..'), { recursive: true });
  writeFileSync(stampFile, '');
  // The time of the look, not of the end: what was saved while building is built again.
  utimesSync(stampFile, startedAt, startedAt);
  return true;
}
