// The second thread of a boosting run: waits for jobs in shared memory and does its share of each.
import { workerData } from 'node:worker_threads';
import type { WorkerStart } from './boosting-threads.js';
import { Control, SharedTraining } from './shared-training.js';
import { TrainingWork } from './training-work.js';

// What `BoostingThreads` passes; worker data has no type of its own.
const { memory, shape, module, setup }: WorkerStart = workerData;
const shared = new SharedTraining(memory, shape);
const work = new TrainingWork(shared, module, setup);
const { control } = shared;
// Jobs often follow each other within microseconds; sleeping and waking costs more than this many looks.
const looksBeforeSleep = 20_000;

let seen = 0;
Atomics.store(control, Control.ready, 1);
for (;;) {
  let posted = seen;
  for (let look = 0; posted === seen; look++) {
    if (look > looksBeforeSleep) Atomics.wait(control, Control.posted, seen);
    posted = Atomics.load(control, Control.posted);
  }
  if (posted === -1) break;
  seen = posted;
  if (control[Control.kind] === 0) work.takeFeatures();
  else work.computeGradients(1, 2);
  Atomics.store(control, Control.finished, seen);
  Atomics.notify(control, Control.finished);
}
