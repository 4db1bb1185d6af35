import { isPluginError, PluginError, type HttpAnswer, type HttpOptions, type PluginHttpClient } from '@crisol/plugin-api';
import { lookup } from 'node:dns/promises';
import { Agent, buildConnector, request } from 'undici';
import { addressBytes, isGlobalUnicast } from './address-bytes.js';

const DEFAULT_TIMEOUT_MS = 5_000;
const LONGEST_TIMEOUT_MS = 30_000;
const LARGEST_ANSWER_BYTES = 65_536;
const usualPorts: readonly number[] = [443, 8443, 80, 8080];

/** Looks a host name up; gives every address. */
export type Resolver = (hostname: string) => Promise<readonly string[]>;

export interface HttpGuardOptions {
  /** From the manifest: `hooks.example.com`, `*.example.com`, or `*`. */
  readonly hosts: readonly string[];
  /** The operator's opt-out for receivers inside the house; allows http and any port with it. */
  readonly allowPrivateAddresses: boolean;
  readonly resolve?: Resolver;
  /** Ports that may be called; 443, 8443, 80 and 8080 when not given. */
  readonly ports?: readonly number[];
}

/**
 * The one way out for plugins (rules 17 and 18 of the guard): https, no userinfo, known ports; the name is resolved once, every
 * address is checked, and the connection goes to the checked address, so a second answer of the name server changes nothing.
 */
export class GuardedHttpClient implements PluginHttpClient {
  private readonly agent: Agent;
  private readonly resolve: Resolver;

  constructor(private readonly options: HttpGuardOptions) {
    this.resolve = options.resolve ?? resolveByDns;
    const connect = buildConnector({ timeout: DEFAULT_TIMEOUT_MS, allowH2: false });
    this.agent = new Agent({
      pipelining: 1,
      keepAliveTimeout: 1_000,
      connect: (target, callback) => {
        this.checkedAddress(target.hostname).then(
          // `servername` stays the name that was asked for: the certificate is checked against it.
          (address) => connect({ ...target, hostname: address, servername: serverName(target.protocol, target.hostname) }, callback),
          (error: unknown) => callback(error instanceof Error ? error : new Error(String(error)), null),
        );
      },
    });
  }

  async request(method: string, url: string, options: HttpOptions = {}): Promise<HttpAnswer> {
    const target = this.checkedUrl(url);
    const timeoutMs = Math.min(options.timeoutMs ?? DEFAULT_TIMEOUT_MS, LONGEST_TIMEOUT_MS);
    const deadline = AbortSignal.timeout(timeoutMs);
    const signal = options.signal ? AbortSignal.any([options.signal, deadline]) : deadline;
    try {
      const answer = await request(target, {
        method,
        headers: { 'user-agent': 'crisol', ...options.headers },
        body: options.body ?? null,
        signal,
        dispatcher: this.agent,
      });
      return new ReadAnswer(answer.statusCode, flatten(answer.headers), await readAtMost(answer.body));
    } catch (error) {
      if (isPluginError(error)) throw error;
      if (options.signal?.aborted) throw new PluginError('retry', 'The call was given up.', { cause: error });
      if (deadline.aborted) throw new PluginError('retry', `${target.host} did not answer within ${timeoutMs} ms.`, { cause: error });
      throw new PluginError('retry', `${target.host} could not be reached (${reason(error)}).`, { cause: error });
    }
  }

  async close(): Promise<void> {
    await this.agent.destroy();
  }

  private checkedUrl(text: string): URL {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    if (!url) throw refused('That is not a URL.');
    const open = this.options.allowPrivateAddresses;
    if (url.protocol !== 'https:' && !(open && url.protocol === 'http:')) throw refused('Only https is called.');
    if (url.username !== '' || url.password !== '') throw refused('A URL with a user name or a password is not called.');
    const ports = this.options.ports ?? usualPorts;
    if (!open && url.port !== '' && !ports.includes(Number(url.port))) {
      throw refused(`Port ${url.port} is not called; ${ports.join(', ')} are.`);
    }
    if (!this.isDeclared(url.hostname)) throw refused(`The plugin's manifest does not declare the host ${url.hostname}.`);
    const literal = addressBytes(unbracketed(url.hostname));
    if (literal) this.checkAddress(literal, url.hostname);
    return url;
  }

  private isDeclared(hostname: string): boolean {
    const name = hostname.replace(/\.$/, '');
    return this.options.hosts.some((host) => host === '*' || host === name || (host.startsWith('*.') && name.endsWith(host.slice(1))));
  }

  private async checkedAddress(hostname: string): Promise<string> {
    // Without the root's dot, which some resolvers take for another name.
    const name = unbracketed(hostname).replace(/\.$/, '');
    const addresses = addressBytes(name) ? [name] : await this.resolve(name);
    const first = addresses[0];
    if (first === undefined) throw new PluginError('retry', `${hostname} has no address.`);
    for (const address of addresses) this.checkAddress(addressBytes(address), hostname);
    return first;
  }

  private checkAddress(bytes: Uint8Array | null, hostname: string): void {
    if (!bytes) throw refused(`The address of ${hostname} is not in a form that is called.`);
    if (!this.options.allowPrivateAddresses && !isGlobalUnicast(bytes)) {
      throw refused(`${hostname} is not a public address. The operator can allow inside addresses (CRISOL_ALLOW_PRIVATE_ADDRESSES).`);
    }
  }
}

class ReadAnswer implements HttpAnswer {
  constructor(
    readonly status: number,
    readonly headers: Readonly<Record<string, string>>,
    readonly body: Uint8Array,
  ) {}
  text(): string {
    return new TextDecoder().decode(this.body);
  }
  json(): unknown {
    return JSON.parse(this.text());
  }
}

function refused(message: string): PluginError {
  return new PluginError('refused_address', message);
}

function unbracketed(hostname: string): string {
  return hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
}

/** TLS names no addresses; plain http needs no name at all. */
function serverName(protocol: string, hostname: string): string | undefined {
  return protocol === 'https:' && !addressBytes(unbracketed(hostname)) ? hostname.replace(/\.$/, '') : undefined;
}

async function resolveByDns(hostname: string): Promise<string[]> {
  return (await lookup(hostname, { all: true, verbatim: true })).map(({ address }) => address);
}

async function readAtMost(body: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.byteLength;
    // Leaving the loop destroys the stream and its connection.
    if (size > LARGEST_ANSWER_BYTES) throw new PluginError('rejected', `The answer is larger than ${LARGEST_ANSWER_BYTES} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function flatten(headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, Array.isArray(value) ? value.join(', ') : value]],
    ),
  );
}

function reason(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'no connection';
}
