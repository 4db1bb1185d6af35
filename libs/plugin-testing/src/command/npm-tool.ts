import { spawn } from 'node:child_process';

/** How a program ended. */
export interface ProgramEnd {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program in a folder, without a shell. */
export function runProgram(command: string, args: readonly string[], folder: string): Promise<ProgramEnd> {
  const child = spawn(command, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'], windowsHide: true });
  const text = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => (text.stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (text.stderr += chunk.toString()));
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ ...text, code: 127, stderr: error.message }));
    child.once('close', (code) => resolve({ ...text, code: code ?? 1 }));
  });
}

/** Runs npm: the one that started this program when there is one. */
export function runNpm(args: readonly string[], folder: string): Promise<ProgramEnd> {
  const started = process.env['npm_execpath'];
  if (started && /npm-cli\.[cm]?js$/.test(started)) return runProgram(process.execPath, [started, ...args], folder);
  return runProgram(process.platform === 'win32' ? 'npm.cmd' : 'npm', args, folder);
}
