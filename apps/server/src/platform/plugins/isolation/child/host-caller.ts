import type { Channel } from '../channel.js';
import { fromWireError, toWireError } from '../wire-error.js';
import type { FromPlugin, ToPlugin } from './child-messages.js';

interface Asked {
  resolve(value: unknown): void;
  reject(error: Error): void;
  readonly onLine?: ((line: string, stream: 'stdout' | 'stderr') => void) | undefined;
}

/** The way from the plugin's process to the services of the host. */
export class HostCaller {
  private readonly asked = new Map<number, Asked>();
  private nextId = 1;

  constructor(private readonly channel: Pick<Channel, 'send'>) {}

  send(message: FromPlugin): void {
    this.channel.send(message);
  }

  /** @param call - the request during which this is asked; 0 for none */
  async ask(
    call: number,
    of: string,
    method: string,
    args: readonly unknown[],
    signal?: AbortSignal,
    onLine?: Asked['onLine'],
  ): Promise<unknown> {
    signal?.throwIfAborted();
    const id = this.nextId++;
    const answer = new Promise((resolve, reject) => this.asked.set(id, { resolve, reject, onLine }));
    const abort = (): void => this.send({ t: 'ask-abort', id });
    signal?.addEventListener('abort', abort, { once: true });
    try {
      this.send({ t: 'ask', id, call, of, method, args });
      return await answer;
    } finally {
      this.asked.delete(id);
      signal?.removeEventListener('abort', abort);
    }
  }

  tell(call: number, of: string, method: string, args: readonly unknown[]): void {
    this.send({ t: 'tell', call, of, method, args });
  }

  fault(cause: unknown): void {
    const { name, message } = toWireError(cause);
    this.send({ t: 'fault', cause: `${name}: ${message}` });
  }

  take(message: Extract<ToPlugin, { t: 'reply' | 'reply-error' | 'line' }>): void {
    const asked = this.asked.get(message.id);
    if (message.t === 'reply') asked?.resolve(message.value);
    else if (message.t === 'line') asked?.onLine?.(message.line, message.stream);
    else asked?.reject(fromWireError(message.error));
  }
}
