import { createApp } from './app.factory.js';
import type { LoadedConfig } from './platform/config/load-config.js';

/** A stop that takes longer than this is given up. */
const stopDeadlineMs = 30_000;

/** Runs one process of the server until it is told to stop. */
export async function runServer(config: LoadedConfig): Promise<void> {
  const started = performance.now();
  const running = await createApp(config, { drainMs: config.role === 'api' ? 2_000 : 0 });
  let stopping = false;
  const stop = (code: number) => {
    if (stopping) process.exit(1);
    stopping = true;
    setTimeout(() => process.exit(1), stopDeadlineMs).unref();
    running.close().then(
      () => process.exit(code),
      (error: unknown) => {
        process.stderr.write(`The stop failed: ${error instanceof Error ? error.message : String(error)}\n`);
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', () => stop(0));
  process.on('SIGINT', () => stop(0));
  process.on('uncaughtException', (error) => {
    process.stderr.write(
      `${JSON.stringify({ level: 60, msg: 'uncaughtException', err: { message: error.message, stack: error.stack } })}\n`,
    );
    stop(1);
  });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  process.stdout.write(
    config.role === 'worker' ? `\nCrisol worker is ready (${seconds} s).\n` : `\nCrisol is ready (${seconds} s): ${running.url}/console/\n`,
  );
}
