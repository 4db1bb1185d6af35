import { watch } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CrisolInstance } from './crisol-instance.js';
import { runNpm } from './npm-tool.js';

const QUIET_MS = 150;

/** Builds, packs and swaps a plugin into a running instance; the words for the terminal. */
export async function swapOnce(folder: string, instance: CrisolInstance): Promise<{ ok: boolean; words: string }> {
  const built = await runNpm(['run', 'build', '--silent'], folder);
  if (built.code !== 0) return { ok: false, words: `The build failed:\n${`${built.stdout}${built.stderr}`.trim()}` };
  const target = await mkdtemp(join(tmpdir(), 'crisol-plugin-'));
  try {
    const packed = await runNpm(['pack', '--ignore-scripts', '--no-workspaces', '--pack-destination', target], folder);
    const file = (await readdir(target)).find((name) => name.endsWith('.tgz'));
    if (packed.code !== 0 || file === undefined) return { ok: false, words: `npm pack failed: ${packed.stderr.trim()}` };
    const { id, version, state, message, processes } = await instance.swapIn(file, new Uint8Array(await readFile(join(target, file))));
    return { ok: state === 'active', words: `${id} ${version} is ${state} in ${processes} processes${message ? `: ${message}` : ''}` };
  } catch (error) {
    return { ok: false, words: error instanceof Error ? error.message : String(error) };
  } finally {
    await rm(target, { recursive: true, force: true });
  }
}

/** Swaps the plugin in now and after each save below `src`, one after the other, until the signal. */
export async function devLoop(folder: string, instance: CrisolInstance, say: (line: string) => void, signal: AbortSignal): Promise<void> {
  let changed = Promise.withResolvers<void>();
  const wake = (): void => changed.resolve();
  const watcher = watch(join(folder, 'src'), { recursive: true }, wake);
  signal.addEventListener('abort', wake, { once: true });
  try {
    while (!signal.aborted) {
      const startedAt = performance.now();
      const { ok, words } = await swapOnce(folder, instance);
      say(`${ok ? '✓' : '✗'} ${words} (${Math.round(performance.now() - startedAt)} ms)`);
      await changed.promise;
      // An editor writes a file in several steps; what comes while we work starts the next round at once.
      await new Promise((resolve) => void setTimeout(resolve, QUIET_MS));
      changed = Promise.withResolvers<void>();
    }
  } finally {
    watcher.close();
  }
}
