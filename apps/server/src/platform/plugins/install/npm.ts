import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { findNpm } from '../../config/npm-program.js';

/** Why npm could not do it. */
export class NpmFailed extends Error {
  override readonly name = 'NpmFailed';
  constructor(
    readonly code: 'npm_missing' | 'npm_failed',
    message: string,
  ) {
    super(message);
  }
}

export interface NpmRun {
  readonly folder: string;
  readonly args: readonly string[];
  readonly onLine?: (line: string) => void;
  readonly signal?: AbortSignal;
}

const deadlineMs = 180_000;
const keptLines = 40;
/** Whatever a user's or a package's own .npmrc says: no script runs, nothing is sent, nothing is asked. */
const always = [
  '--ignore-scripts',
  '--no-audit',
  '--no-fund',
  '--no-update-notifier',
  '--no-progress',
  '--no-color',
  '--yes',
  '--loglevel=warn',
  // Not even fetched: a repository brings settings and scripts of its own. There is no such program.
  '--git=crisol-runs-no-git',
];

/** Unpacks and fetches: nothing else of ours touches the bytes of a package. */
export async function runNpm(run: NpmRun): Promise<void> {
  const npm = findNpm();
  if (!npm.ok)
    throw new NpmFailed(
      'npm_missing',
      `There is no npm on this machine (looked for ${npm.tried.join(', ')}). Install npm, then try again.`,
    );
  const lines: string[] = [];
  const child = spawn(process.execPath, [npm.cli, ...run.args, ...always], {
    cwd: run.folder,
    env: { ...npm.environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: deadlineMs,
    killSignal: 'SIGKILL',
    windowsHide: true,
    ...(run.signal ? { signal: run.signal } : {}),
  });
  for (const stream of [child.stdout, child.stderr])
    createInterface({ input: stream }).on('line', (raw) => {
      const line = raw.replaceAll(run.folder, '.').slice(0, 500);
      if (line.trim() === '') return;
      run.onLine?.(line);
      lines.push(line);
      if (lines.length > keptLines) lines.shift();
    });
  const ended = await new Promise<string | undefined>((settle) => {
    child.once('error', (error) => settle(error.message));
    child.once('close', (code, signal) => settle(code === 0 ? undefined : signal ? `it was ended by ${signal}` : `it ended with ${code}`));
  });
  if (ended === undefined) return;
  const said = lines.filter((line) => /^npm (error|ERR!)/i.test(line)).map((line) => line.replace(/^npm (error|ERR!)\s*/i, ''));
  throw new NpmFailed('npm_failed', `npm could not do it: ${ended}. ${(said.length > 0 ? said : lines).slice(0, 6).join(' ')}`.trim());
}
