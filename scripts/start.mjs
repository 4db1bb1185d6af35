// `npm start`: finds the right Node, builds what is not built, and runs the server. Arguments go to the server.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { buildIfStale } from './build-if-stale.mjs';
import { nodeBinary, nodeEnvironment, repositoryRoot } from './node-binary.mjs';

const [major = 0] = process.versions.node.split('.').map(Number);

async function start() {
  if (major < 20) throw new Error(`npm start needs Node 20 or newer to find the pinned Node 24; this is ${process.version}.`);
  if (!existsSync(join(repositoryRoot, 'node_modules', '@nestjs'))) throw new Error('The packages are not installed. Run "npm ci" first.');
  const node = nodeBinary();
  if (!(await buildIfStale())) throw new Error('The build failed; the reason is above.');
  const args = [
    '--disable-warning=ExperimentalWarning',
    // Nest replaces Fastify's error handler with its own, which is meant.
    '--disable-warning=FSTWRN004',
    join(repositoryRoot, 'apps', 'server', 'dist', 'main.js'),
    ...process.argv.slice(2),
  ];
  const env = nodeEnvironment();
  // Becoming the server leaves no launcher behind in memory; Node 20 cannot, and waits for it instead.
  if (typeof process.execve === 'function' && process.platform !== 'win32') process.execve(node, [node, ...args], env);
  const child = spawn(node, args, { stdio: 'inherit', env });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(signal ? 1 : (code ?? 1)));
}

start().catch((error) => {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exit(1);
});
