import { createApp } from './app.factory.js';
import { SetupService } from './platform/auth/setup/setup.service.js';
import type { LoadedConfig } from './platform/config/load-config.js';

/** A stop that takes longer than this is given up. */
const stopDeadlineMs = 30_000;
/** One Ctrl-C reaches this process from the terminal and once more from npm; only a later signal is a second one. */
const sameSignalMs = 1_000;

/** Runs one process of the server until it is told to stop. */
export async function runServer(config: LoadedConfig): Promise<void> {
  const started = performance.now();
  const running = await createApp(config, { drainMs: config.role === 'api' ? 2_000 : 0 });
  let stoppingSince: number | undefined;
  const stop = (code: number) => {
    const now = performance.now();
    if (stoppingSince !== undefined) {
      if (code !== 0 || now - stoppingSince > sameSignalMs) process.exit(1);
      return;
    }
    stoppingSince = now;
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
  process.on('SIGHUP', () => stop(0));
  process.on('uncaughtException', (error) => {
    process.stderr.write(
      `${JSON.stringify({ level: 60, msg: 'uncaughtException', err: { message: error.message, stack: error.stack } })}\n`,
    );
    stop(1);
  });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  if (config.role === 'worker') {
    process.stdout.write(`\nCrisol worker is ready (${seconds} s).\n`);
    return;
  }
  const publicUrl = config.values.publicUrl === null ? running.url : config.publicUrl;
  const link = await running.app.get(SetupService).firstStartLink(publicUrl);
  const lines = ['', `Crisol is ready (${seconds} s)`, '', `  Console   ${publicUrl}/console/`];
  if (link) lines.push(`  Sign in   ${link}   (once, within an hour)`);
  process.stdout.write(`${lines.join('\n')}\n\n`);
}
