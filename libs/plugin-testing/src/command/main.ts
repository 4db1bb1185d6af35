#!/usr/bin/env node
import { checkPackage } from './check-package.js';
import { CrisolInstance } from './crisol-instance.js';
import { devLoop } from './dev-loop.js';
import { isOldNode } from './node-version.js';
import { runNpm } from './npm-tool.js';

const usage = `crisol-plugin check   looks at this folder as a server does when it is installed
crisol-plugin pack    checks, then runs npm pack
crisol-plugin dev     builds and swaps it into a running Crisol on every save
                      (CRISOL_URL, by default http://127.0.0.1:7070, and CRISOL_API_KEY with plugins:admin)`;

async function check(folder: string): Promise<boolean> {
  const { name, version, manifest, files, problems, remarks } = await checkPackage(folder);
  for (const problem of problems) console.error(`✗ ${problem}`);
  for (const remark of remarks) console.error(`• ${remark}`);
  if (problems.length > 0) {
    console.error(`${problems.length === 1 ? 'One thing keeps' : `${problems.length} things keep`} a server from taking it.`);
    return false;
  }
  console.log(
    `✓ ${name} ${version}: ${manifest?.kinds.join(', ')} for plugin API ${manifest?.api}, ${files} files. A server would take it.`,
  );
  return true;
}

async function pack(folder: string): Promise<boolean> {
  if (!(await check(folder))) return false;
  const { code, stdout, stderr } = await runNpm(['pack', '--ignore-scripts', '--no-workspaces'], folder);
  if (code !== 0) console.error(stderr.trim());
  else console.log(`✓ ${stdout.trim().split('\n').at(-1)}`);
  return code === 0;
}

async function dev(folder: string): Promise<boolean> {
  const url = process.env['CRISOL_URL'] ?? 'http://127.0.0.1:7070';
  const key = process.env['CRISOL_API_KEY'];
  if (!key) {
    console.error('✗ Set CRISOL_API_KEY to a key with plugins:admin, made on the console’s page of API keys.');
    return false;
  }
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  console.log(`Swapping into ${url} on every save below src; Ctrl+C ends it.`);
  await devLoop(folder, new CrisolInstance(url, key), console.log, stop.signal);
  return true;
}

const commands = new Map([
  ['check', check],
  ['pack', pack],
  ['dev', dev],
]);
const [name = '', ...rest] = process.argv.slice(2);
const command = commands.get(name);
if (isOldNode(process.versions.node)) {
  console.error(`✗ crisol-plugin needs Node 22.18 or newer, which plugins are made with; this is ${process.versions.node}.`);
  process.exitCode = 2;
} else if (!command || rest.length > 0) {
  console.error(usage);
  process.exitCode = name === '--help' || name === 'help' ? 0 : 2;
} else {
  process.exitCode = (await command(process.cwd())) ? 0 : 1;
}
