import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { Socket } from 'node:net';
import { Channel } from '../channel.js';
import type { Bytes } from '../codec.js';
import { toWireError } from '../wire-error.js';
import type { ToPlugin } from './child-messages.js';
import { HostCaller } from './host-caller.js';
import { PluginRuntime } from './plugin-runtime.js';
import { refuseSockets } from './refusals.js';

/** The program of an isolated plugin's process. Descriptor 3 leads to the host; when the host goes, so does this. */

const pipe = new Socket({ fd: 3, readable: true, writable: true });
const end = (): never => process.exit(0);
pipe.on('end', end).on('close', end).on('error', end);
// A terminal's interrupt goes to the whole group; the host decides when this ends.
process.on('SIGINT', () => undefined);
refuseSockets();

const running = new Map<number, AbortController>();
const host: HostCaller = new HostCaller({ send: (message) => channel.send(message) });
const runtime = new PluginRuntime(host);
const channel = new Channel(pipe, {
  // The host is trusted.
  limits: { jsonBytes: 2 ** 31, binaryBytes: 2 ** 31 },
  // The only writer of this pipe is the host, which sends nothing else.
  onMessage: (message) => take(message as ToPlugin),
  onViolation: end,
  openFile: readWhole,
});
host.send({ t: 'ready' });

function take(message: ToPlugin): void {
  if (message.t === 'request') void run(message);
  else if (message.t === 'abort') running.get(message.id)?.abort(new DOMException('The call was given up.', 'AbortError'));
  else host.take(message);
}

async function run({ id, request }: Extract<ToPlugin, { t: 'request' }>): Promise<void> {
  const abort = new AbortController();
  running.set(id, abort);
  try {
    host.send({ t: 'answer', id, value: await runtime.handle(request, id, abort.signal) });
  } catch (error) {
    host.send({ t: 'error', id, error: toWireError(error) });
  } finally {
    running.delete(id);
  }
}

function readWhole(path: string): Bytes {
  const file = openSync(path, 'r');
  try {
    const bytes = Buffer.allocUnsafeSlow(fstatSync(file).size);
    for (let at = 0; at < bytes.length;) {
      const read = readSync(file, bytes, at, bytes.length - at, at);
      if (read === 0) break;
      at += read;
    }
    return bytes;
  } finally {
    closeSync(file);
    host.send({ t: 'free', file: path });
  }
}
