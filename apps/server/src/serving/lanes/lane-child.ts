import { readFile } from 'node:fs/promises';
import { GraphSession } from './graph-session.js';
import type { FromLaneChild, ToLaneChild } from './lane-messages.js';

/** The program of an isolated lane's process: loads one model and answers batches until its parent goes away. */

let session: GraphSession | undefined;

function send(message: FromLaneChild): void {
  process.send?.(message);
}

async function handle(message: ToLaneChild): Promise<void> {
  if (message.type === 'load') {
    try {
      session = await GraphSession.load(await readFile(message.path), message.outputs, message.chunkRows);
      send({ type: 'loaded' });
    } catch (error) {
      send({ type: 'refused', message: error instanceof Error ? error.message : String(error) });
    }
    return;
  }
  try {
    if (!session) throw new Error('No model is loaded.');
    send({ type: 'answer', id: message.id, answer: await session.run(message.feeds, message.rows) });
  } catch (error) {
    send({ type: 'failed', id: message.id, message: error instanceof Error ? error.message : String(error) });
  }
}

// A terminal signals the whole group; the parent decides when this process ends.
process.on('SIGINT', () => undefined);
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
// Messages are what `ToLaneChild` says: the only writer is the parent that forked this process.
process.on('message', (message) => void handle(message as ToLaneChild));
