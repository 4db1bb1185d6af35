import type { FastifyReply } from 'fastify';

/** What a slow reader may leave unread before it is cut off; it then reconnects and asks for a resync. */
const maxBufferedBytes = 1024 * 1024;

/** One open `text/event-stream` answer. Every message has an id, so that a reader can go on where it was. */
export class ServerSentStream {
  readonly #response: FastifyReply['raw'];
  #open = true;

  constructor(reply: FastifyReply, onClose: () => void) {
    reply.hijack();
    this.#response = reply.raw;
    for (const [name, value] of Object.entries(reply.getHeaders())) if (value !== undefined) this.#response.setHeader(name, value);
    this.#response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
    });
    this.#response.flushHeaders();
    const closed = (): void => {
      if (!this.#open) return;
      this.#open = false;
      onClose();
    };
    this.#response.once('close', closed);
    this.#response.once('error', closed);
  }

  get isOpen(): boolean {
    return this.#open;
  }

  send(message: { readonly id: string; readonly event?: string; readonly data: unknown }): void {
    const event = message.event ? `event: ${message.event}\n` : '';
    this.#write(`id: ${message.id}\n${event}data: ${JSON.stringify(message.data)}\n\n`);
  }

  /** Ends the answer; `retryMs` says when the reader should come back. */
  end(retryMs?: number): void {
    if (!this.#open) return;
    if (retryMs !== undefined) this.#write(`retry: ${retryMs}\n\n`);
    this.#response.end();
  }

  #write(text: string): void {
    if (!this.#open) return;
    this.#response.write(text);
    if (this.#response.writableLength > maxBufferedBytes) this.#response.destroy();
  }
}
