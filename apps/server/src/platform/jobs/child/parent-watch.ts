import { Worker } from 'node:worker_threads';

/**
 * Kills this process when its parent is gone, even while the main thread computes and hears nothing. The thread runs
 * plain timers only; native code never runs in it.
 */
export function watchParent(): void {
  const code = `
    const parent = process.ppid;
    setInterval(() => { if (process.ppid !== parent) process.kill(process.pid, 'SIGKILL'); }, 500);
  `;
  new Worker(code, { eval: true, resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 4 } }).unref();
}
