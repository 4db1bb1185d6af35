import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { CommandRequest } from '@crisol/plugin-api';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { JobCommands } from '../../../src/platform/plugins/scope/job-commands.js';
import { aJobContext } from '../../builders/a-job-context.js';
import { aHandler, openWorld, resetLedger, until, type LedgerWorld } from './ledger-world.js';
import { startPostgres, type TestPostgres } from './start-postgres.js';

jest.setTimeout(60_000);

const path = '/usr/local/bin:/usr/bin:/bin';
const noTables = { read: () => Promise.reject(new Error('no tables')), write: () => Promise.reject(new Error('no tables')) };
/** A zombie is dead; its parent only has not looked yet. */
function isAlive(pid: number): boolean {
  try {
    const text = readFileOf(`/proc/${pid}/stat`);
    return text.slice(text.lastIndexOf(')') + 2)[0] !== 'Z';
  } catch {
    return false;
  }
}

describe('commands of a job', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'crisol-commands-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const run = async (script: string, changes: Partial<CommandRequest> = {}) => {
    const lines: string[] = [];
    const commands = new JobCommands(aJobContext({ workFolder: folder, limits: { memoryMb: 256, deadlineMs: 20_000 } }), noTables, path);
    const result = await commands.run({
      command: 'sh',
      args: ['-c', script],
      onLine: (line, stream) => lines.push(`${stream}: ${line}`),
      signal: new AbortController().signal,
      ...changes,
    });
    return { ...result, lines };
  };

  it('lays files, streams lines, brings files back and leaves no folder', async () => {
    const { lines, files, endedBy, exitCode } = await run('cat in/a.txt; echo; echo oops >&2; printf done > out.bin; exit 3', {
      files: { 'in/a.txt': 'hello' },
      collect: ['out.bin', 'none.txt'],
    });
    expect(lines.sort()).toEqual(['stderr: oops', 'stdout: hello']);
    expect(Object.keys(files)).toEqual(['out.bin']);
    expect(Buffer.from(files['out.bin'] ?? []).toString()).toBe('done');
    expect({ endedBy, exitCode }).toEqual({ endedBy: 'exit', exitCode: 3 });
    expect(readdirSync(folder)).toEqual([]);
  });

  it('gives it nothing but the documented environment', async () => {
    const { lines } = await run('env', { environment: { SEED: '1' } });
    const names = lines.map((line) => line.replace(/^stdout: /, '').split('=')[0]).sort();
    // The shell that runs the script sets PWD itself, and some shells two more.
    expect(names.filter((name) => !['PWD', 'SHLVL', '_', 'OLDPWD'].includes(name ?? ''))).toEqual([
      'HOME',
      'LANG',
      'PATH',
      'SEED',
      'TMPDIR',
    ]);
  });

  it('reads no argument as shell', async () => {
    const { lines } = await run('', { command: 'echo', args: ['$HOME; touch x', '`id`'] });
    expect(lines).toEqual(['stdout: $HOME; touch x `id`']);
  });

  it('ends a command that takes more memory than it may, children included', async () => {
    const hoard = 'head -c 300000000 /dev/zero | tail > /dev/null';
    const { endedBy } = await run(`(${hoard}) & wait`, { memoryMb: 100 });
    expect(endedBy).toBe('memory');
  });

  it('ends it at the deadline, with everything it started, in its group or not', async () => {
    const { endedBy, files } = await run('setsid sleep 60 & sleep 61 & echo $! > pid; sleep 62', {
      timeoutMs: 700,
      collect: ['pid'],
    });
    expect(endedBy).toBe('deadline');
    expect(isAlive(Number(Buffer.from(files['pid'] ?? []).toString()))).toBe(false);
    const left = readdirSync('/proc').filter((name) => {
      try {
        return /^\d+$/.test(name) && isAlive(Number(name)) && readFileOf(`/proc/${name}/environ`).includes(`HOME=${folder}`);
      } catch {
        return false;
      }
    });
    expect(left).toEqual([]);
  });

  it('asks first when it is aborted, and kills what does not listen', async () => {
    const polite = new AbortController();
    const done = run("trap 'echo bye; exit 0' TERM; echo up; while :; do sleep 0.05; done", {
      signal: polite.signal,
      onLine: (line) => {
        if (line === 'up') polite.abort();
        if (line === 'bye') said = true;
      },
    });
    let said = false;
    expect(await done).toMatchObject({ endedBy: 'abort', exitCode: 0 });
    expect(said).toBe(true);
    const deaf = new AbortController();
    const stubborn = run("trap '' TERM; echo up; while :; do sleep 0.05; done", { signal: deaf.signal, onLine: () => deaf.abort() });
    expect(await stubborn).toMatchObject({ endedBy: 'abort', exitCode: null });
  });

  it('cuts a line that is too long, and hands on the next one', async () => {
    const { lines } = await run("head -c 100000 /dev/zero | tr '\\0' x; echo; echo next");
    expect(lines.map((line) => line.length)).toEqual(['stdout: '.length + 16_384, 'stdout: next'.length]);
  });

  it.each([
    ['a program that does not exist', { command: 'no-such-program-here' }, 'There is no program'],
    ['a path that is not absolute', { command: './x' }, 'plain name or an absolute path'],
    ['a file outside of its folder', { files: { '../x': '' } }, 'not a file name'],
    ['a variable that the host sets', { environment: { PATH: '/x' } }, 'cannot be set'],
    ['a link among the files to bring back', { args: ['-c', 'ln -s /etc/hostname link'], collect: ['link'] }, 'not a plain file'],
  ])('refuses %s', async (_what, changes, message) => {
    await expect(run('true', changes)).rejects.toMatchObject({
      name: 'PluginError',
      code: 'invalid_input',
      message: expect.stringContaining(message),
    });
  });
});

describe('a job that runs a command', () => {
  let postgres: TestPostgres;
  let world: LedgerWorld;
  beforeAll(async () => {
    postgres = await startPostgres();
    await resetLedger(postgres);
    world = await openWorld(postgres, { handlers: [aHandler('runs-command')] });
  });
  afterAll(async () => {
    await world.close();
    await postgres.stop();
  });

  it('takes the command with it when it is killed', async () => {
    const file = join(world.folder, 'pid');
    await world.submit({ file });
    const pid = Number(await until(() => (existsSync(file) ? readFile(file, 'utf8') : null)));
    expect(isAlive(pid)).toBe(true);
    const [child] = readdirSync('/proc').filter((name) => {
      try {
        return /^\d+$/.test(name) && readFileOf(`/proc/${name}/stat`).split(' ')[0] === parentOf(pid);
      } catch {
        return false;
      }
    });
    process.kill(Number(child), 'SIGKILL');
    await until(() => !isAlive(pid));
  });
});

function readFileOf(name: string): string {
  return readFileSync(name, 'latin1');
}

function parentOf(pid: number): string {
  const text = readFileOf(`/proc/${pid}/stat`);
  return text.slice(text.lastIndexOf(')') + 2).split(' ')[1] ?? '';
}
