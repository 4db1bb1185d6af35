import { fork } from 'node:child_process';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { problem } from '../../../platform/http/problem.js';
import type { PreviewAnswer, PreviewTask } from './preview-messages.js';

const deadlineMs = 15_000;
const nodeHeapMb = 512;
// Built code runs in the child, also when a test runs the parent from its sources.
const program = fileURLToPath(new URL('./preview.program.js', import.meta.url)).replace(/([\\/])src([\\/]experiments[\\/])/, '$1dist$2');

/**
 * Makes a preview in a process of its own, which ends with it: the bytes are a stranger's, and the readers are native code.
 * @throws ProblemError `request_timeout` when it took too long or died
 */
export function previewInChild(task: PreviewTask): Promise<PreviewAnswer> {
  const child = fork(program, {
    execArgv: [`--max-old-space-size=${nodeHeapMb}`, '--no-warnings'],
    env: { TZ: 'UTC', LANG: 'C.UTF-8', NODE_ENV: 'production' },
    cwd: tmpdir(),
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    serialization: 'advanced',
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), deadlineMs);
  return new Promise<PreviewAnswer>((resolve, reject) => {
    const lost = () => reject(problem('request_timeout', { detail: 'The preview took too long and was stopped.', retryAfterSeconds: 5 }));
    child.once('message', (message: PreviewAnswer) => resolve(message));
    child.once('error', lost);
    child.once('exit', lost);
    child.send(task, () => undefined);
  }).finally(() => {
    clearTimeout(timer);
    child.kill('SIGKILL');
  });
}
