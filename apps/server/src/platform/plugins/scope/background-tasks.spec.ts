import { describe, expect, it } from '@jest/globals';
import { BackgroundTasks } from './background-tasks.js';

const untilAborted = (signal: AbortSignal) => new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));

describe(BackgroundTasks.name, () => {
  it('starts nothing before setup has ended, and everything after', async () => {
    const tasks = new BackgroundTasks(() => undefined);
    const begun: string[] = [];
    tasks.run('early', async () => void begun.push('early'));
    expect(begun).toEqual([]);
    tasks.start();
    tasks.run('late', async () => void begun.push('late'));
    expect(begun).toEqual(['early', 'late']);
    await tasks.end();
  });

  it('aborts them and waits until they have ended', async () => {
    const tasks = new BackgroundTasks(() => undefined);
    let ended = false;
    tasks.run('loop', async (signal) => {
      await untilAborted(signal);
      await new Promise((resolve) => setImmediate(resolve));
      ended = true;
    });
    tasks.start();
    await tasks.end();
    expect(ended).toBe(true);
  });

  it('does not wait for ever for one that does not listen', async () => {
    const tasks = new BackgroundTasks(() => undefined);
    tasks.run('deaf', () => new Promise(() => undefined));
    tasks.start();
    await tasks.end(10);
  });

  it('tells of a task that threw, at once or later, but not of one that threw because it was aborted', async () => {
    const faults: string[] = [];
    const tasks = new BackgroundTasks((task, error) => faults.push(`${task}: ${String(error)}`));
    tasks.run('sync', () => {
      throw new Error('now');
    });
    tasks.run('async', () => Promise.reject(new Error('later')));
    tasks.run('aborted', async (signal) => {
      await untilAborted(signal);
      throw new Error('on the way out');
    });
    tasks.start();
    await new Promise((resolve) => setImmediate(resolve));
    await tasks.end();
    expect(faults).toEqual(['sync: Error: now', 'async: Error: later']);
  });

  it('starts nothing any more once it has ended', async () => {
    const tasks = new BackgroundTasks(() => undefined);
    await tasks.end();
    tasks.start();
    let begun = false;
    tasks.run('late', async () => void (begun = true));
    expect(begun).toBe(false);
  });
});
