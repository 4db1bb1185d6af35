// Runs a command that writes its process id and sleeps; for what becomes of it when the job's process dies.
import { runCommand } from '../../dist/platform/jobs/child/run-command.js';

export async function run({ file }, context) {
  await runCommand({
    command: 'sh',
    args: ['-c', 'echo $$ > "$0.part" && mv "$0.part" "$0"; exec sleep 60', file],
    folder: context.workFolder,
    path: '/usr/bin:/bin',
    environment: {},
    memoryMb: 100,
    timeoutMs: 60_000,
    onLine: () => undefined,
    signal: context.signal,
  });
}
