import { z } from 'zod';

const Install = z.looseObject({
  id: z.string(),
  state: z.string(),
  pluginId: z.string().nullable(),
  version: z.string().nullable(),
  permissions: z.unknown(),
  problems: z.array(z.object({ message: z.string(), blocking: z.boolean() })),
});
type Install = z.infer<typeof Install>;
const RunningPlugin = z.looseObject({
  state: z.string(),
  message: z.string().nullable(),
  processes: z.object({ applied: z.int(), total: z.int() }),
});
const Problem = z.looseObject({ detail: z.string().optional(), title: z.string().optional() });

/** Why an instance did not take a package, in its own words. */
export class InstanceRefused extends Error {
  override readonly name = 'InstanceRefused';
}

/** What became of a plugin on an instance. */
export interface SwappedPlugin {
  readonly id: string;
  readonly version: string;
  readonly state: string;
  readonly message: string | null;
  readonly processes: string;
}

/** A running Crisol, reached by its API with a key that has `plugins:admin`. */
export class CrisolInstance {
  constructor(
    private readonly url: string,
    private readonly key: string,
    private readonly pollMs = 250,
  ) {}

  /**
   * Sends a tarball, lets the instance look at it, and confirms what it shows.
   * @throws InstanceRefused with what the instance says
   */
  async swapIn(fileName: string, tarball: Uint8Array<ArrayBuffer>): Promise<SwappedPlugin> {
    const form = new FormData();
    form.set('file', new Blob([tarball]), fileName);
    const staged = await this.staged(Install.parse(await this.call('POST', 'plugins/installs', form)));
    const blocking = staged.problems.filter((problem) => problem.blocking);
    if (staged.state !== 'staged' || blocking.length > 0)
      throw new InstanceRefused(blocking.map(({ message }) => message).join(' ') || `The install is ${staged.state}.`);
    const confirmed = Install.parse(await this.call('POST', `plugins/installs/${staged.id}/confirm`, { permissions: staged.permissions }));
    return this.settled(confirmed.pluginId ?? '', confirmed.version ?? '');
  }

  private async staged(started: Install): Promise<Install> {
    let install = started;
    for (const end = Date.now() + 180_000; install.state === 'fetching' && Date.now() < end;) {
      await this.wait();
      install = Install.parse(await this.call('GET', `plugins/installs/${started.id}`));
    }
    return install;
  }

  /** The plugin, once every process has it, or after ten seconds. */
  private async settled(id: string, version: string): Promise<SwappedPlugin> {
    for (const end = Date.now() + 10_000; ;) {
      const { state, message, processes } = RunningPlugin.parse(await this.call('GET', `plugins/${id}`));
      if (processes.applied >= processes.total || Date.now() > end)
        return { id, version, state, message, processes: `${processes.applied} of ${processes.total}` };
      await this.wait();
    }
  }

  private wait(): Promise<void> {
    return new Promise((resolve) => void setTimeout(resolve, this.pollMs));
  }

  private async call(method: string, path: string, body?: unknown): Promise<unknown> {
    const isForm = body instanceof FormData;
    const answer = await fetch(`${this.url.replace(/\/$/, '')}/api/v1/${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.key}`,
        ...(method === 'POST' ? { 'idempotency-key': crypto.randomUUID() } : {}),
        ...(body === undefined || isForm ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: isForm ? body : JSON.stringify(body) }),
    }).catch((error: unknown) => {
      throw new InstanceRefused(`${this.url} does not answer: ${error instanceof Error ? error.message : String(error)}`);
    });
    const content: unknown = await answer.json().catch(() => ({}));
    if (answer.ok) return content;
    const { detail, title } = Problem.parse(content);
    throw new InstanceRefused(`${method} ${path} answered ${answer.status}: ${detail ?? title ?? 'no reason given'}`);
  }
}
