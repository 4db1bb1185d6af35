// Runs a script or a tool of node_modules/.bin on the pinned Node: `node scripts/run.mjs <tool or file> [arguments]`.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { nodeBinary, nodeEnvironment, repositoryRoot } from './node-binary.mjs';

const [name, ...rest] = process.argv.slice(2);
if (!name) {
  console.error('usage: node scripts/run.mjs <tool or file> [arguments]');
  process.exit(2);
}

try {
  const tool = join(repositoryRoot, 'node_modules', '.bin', name);
  const file = existsSync(tool) ? realpathSync(tool) : name;
  const isScript = /\.[cm]?js$/.test(file) || readFileSync(file, 'utf8').startsWith('#!/usr/bin/env node');
  const [command, args] = isScript ? [nodeBinary(), [file, ...rest]] : [file, rest];
  const child = spawn(command, args, { stdio: 'inherit', env: nodeEnvironment() });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(signal ? 1 : (code ?? 1)));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
