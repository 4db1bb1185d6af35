// Jest with ESM switched on. Arguments go through to Jest.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { nodeBinary, nodeEnvironment, repositoryRoot } from './node-binary.mjs';

const args = [
  '--experimental-vm-modules',
  '--no-warnings',
  join(repositoryRoot, 'node_modules/jest/bin/jest.js'),
  '--config',
  join(repositoryRoot, 'jest.config.mjs'),
  ...process.argv.slice(2),
];
const child = spawn(nodeBinary(), args, { stdio: 'inherit', cwd: repositoryRoot, env: nodeEnvironment() });
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
child.on('exit', (code, signal) => process.exit(signal ? 1 : (code ?? 1)));
