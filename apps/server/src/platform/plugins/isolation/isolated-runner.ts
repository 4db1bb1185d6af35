import type { JsonObject, PluginPermissions } from '@crisol/contracts';
import { PluginError } from '@crisol/plugin-api';
import { z } from 'zod';
import type { PluginPackage } from '../discovery/read-manifest.js';
import { PluginLoadError, words } from '../lifecycle/load-plugin.js';
import { PluginInstance } from '../lifecycle/plugin-instance.js';
import type { LoadedPlugin, PluginRunner } from '../lifecycle/plugin-runner.js';
import type { PluginScope } from '../scope/plugin-scope.js';
import type { PluginScopes } from '../scope/plugin-scopes.js';
import { secretFieldsOf, type SettingsResult } from '../settings/plugin-settings.js';
import type { FrameLimits } from './channel.js';
import { IsolatedProcess, PluginProcessEnded } from './isolated-process.js';
import { LoadedDescription, ParsedSettings, ProvidedDescription } from './messages.js';
import { proxiesOf, type RemoteCall } from './provided-proxies.js';
import { probeMachine, type Machine } from './sandbox.js';

const loadMs = 12_000;
const parseMs = 5_000;
const startMs = 12_000;
const disposeMs = 5_000;
/** A process that only knows the plugin's settings waits for so long for the next question. */
const spareMs = 30_000;
const idleMs = 300_000;
const idleLookMs = 60_000;
const firstBackOffMs = 200;
const longestBackOffMs = 30_000;
const quietMs = 60_000;

export interface IsolatedRunnerOptions {
  readonly limits: FrameLimits;
  /** How far the plugin stands back behind the host when processors are short. */
  readonly niceness: number;
  /** What the machine has; found out by trying when not given. */
  readonly machine?: Machine;
}

/** In the server's own processes: JSON of 8 MiB is parsed in less than a tenth of a second. */
const serverOptions: IsolatedRunnerOptions = { limits: { jsonBytes: 8 * 1_048_576, binaryBytes: 64 * 1_048_576 }, niceness: 10 };
/** In a job's child, which answers nobody else and waits for the plugin: models and tables come back. */
export const jobOptions: IsolatedRunnerOptions = { limits: { jsonBytes: 64 * 1_048_576, binaryBytes: 1_024 * 1_048_576 }, niceness: 0 };

/** Runs each plugin in a process of its own, with limits, and no way out but through the host. */
export class IsolatedRunner implements PluginRunner {
  constructor(
    private readonly scopes: PluginScopes,
    private readonly options: IsolatedRunnerOptions = serverOptions,
  ) {}

  async load(found: PluginPackage): Promise<LoadedPlugin> {
    const { limits, niceness, machine = await probeMachine() } = this.options;
    const makeProcess: MakeProcess = () => loadedProcess({ found, machine, limits, niceness });
    const spare = await makeProcess();
    return new IsolatedPlugin(found, this.scopes, makeProcess, spare);
  }
}

interface LoadedProcess {
  readonly process: IsolatedProcess;
  readonly settingsSchema: z.infer<typeof JsonObject>;
}
type MakeProcess = () => Promise<LoadedProcess>;

async function loadedProcess(options: Parameters<typeof IsolatedProcess.spawn>[0]): Promise<LoadedProcess> {
  const { entry, manifest } = options.found;
  try {
    const process = await IsolatedProcess.spawn(options);
    const loading = process.request({ op: 'load', entry, pluginId: manifest.id }, { what: 'loading', deadlineMs: loadMs });
    const { settingsSchema } = await checkedAnswer(process, LoadedDescription, loading);
    return { process, settingsSchema };
  } catch (error) {
    throw error instanceof PluginProcessEnded ? new PluginLoadError('import_failed', error.message, error) : error;
  }
}

/** Ends a process whose answer has not the agreed shape. */
async function checkedAnswer<Shape extends z.ZodType>(
  process: IsolatedProcess,
  shape: Shape,
  answer: Promise<unknown>,
): Promise<z.output<Shape>> {
  let parsed;
  try {
    parsed = shape.safeParse(await answer);
  } catch (error) {
    process.kill('it could not be brought up');
    throw error;
  }
  if (parsed.success) return parsed.data;
  process.kill('it described itself wrongly');
  throw new PluginLoadError(
    'provides_wrong',
    `The plugin's process described itself wrongly: ${z.prettifyError(parsed.error).slice(0, 1_000)}`,
  );
}

class IsolatedPlugin implements LoadedPlugin {
  readonly settingsSchema: z.infer<typeof JsonObject>;
  readonly secretNames: ReadonlySet<string>;
  private spare: IsolatedProcess | undefined;
  private spareTimer: NodeJS.Timeout | undefined;
  private isUnloaded = false;

  constructor(
    private readonly found: PluginPackage,
    private readonly scopes: PluginScopes,
    private readonly makeProcess: MakeProcess,
    { process, settingsSchema }: LoadedProcess,
  ) {
    this.settingsSchema = settingsSchema;
    this.secretNames = new Set([...secretFieldsOf(settingsSchema), ...found.manifest.permissions.secrets]);
    this.keep(process);
  }

  async parseSettings(stored: unknown): Promise<SettingsResult> {
    const process = this.takeSpare() ?? (await this.makeProcess()).process;
    const asking = process.request({ op: 'parse', values: stored }, { what: 'reading the settings', deadlineMs: parseMs });
    const result = await checkedAnswer(process, ParsedSettings, asking);
    this.keep(process);
    return result;
  }

  async start(stored: Readonly<Record<string, unknown>>, generation: number): Promise<PluginInstance> {
    const { manifest } = this.found;
    let instance: PluginInstance | undefined;
    const onFault = (cause: unknown): void => instance?.fault(words(cause));
    const scope = await this.scopes.open(this.found, stored, { isIsolated: true, onFault });
    const spare = this.takeSpare();
    const makeProcess = async () => (spare?.isAlive && !spare.isServed ? spare : (await this.makeProcess()).process);
    const worker = new IsolatedInstance(makeProcess, scope, { stored, kinds: manifest.kinds, permissions: manifest.permissions }, onFault);
    try {
      const description = await worker.open();
      const provided = { ...proxiesOf(description, worker.call), dispose: () => worker.dispose() };
      instance = new PluginInstance(this.found, generation, stored, provided, scope, 'isolated');
      scope.start();
      return instance;
    } catch (error) {
      await worker.dispose();
      await scope.close();
      throw error instanceof PluginProcessEnded ? new PluginLoadError('setup_failed', error.message, error) : error;
    }
  }

  async unload(): Promise<void> {
    this.isUnloaded = true;
    this.takeSpare()?.kill('it was unloaded');
  }

  private takeSpare(): IsolatedProcess | undefined {
    clearTimeout(this.spareTimer);
    const { spare } = this;
    this.spare = undefined;
    return spare?.isAlive ? spare : undefined;
  }

  private keep(process: IsolatedProcess): void {
    if (this.spare || this.isUnloaded) return process.kill('there is another one');
    this.spare = process;
    this.spareTimer = setTimeout(() => this.takeSpare()?.kill('nobody asked it for a while'), spareMs);
    this.spareTimer.unref();
  }
}

interface InstanceFacts {
  readonly stored: Readonly<Record<string, unknown>>;
  readonly kinds: readonly string[];
  readonly permissions: PluginPermissions;
}

/** An instance over the life of its processes: one that ended is replaced at the next call, the later the more often it happens. */
class IsolatedInstance {
  private process: Promise<IsolatedProcess> | undefined;
  private description: ProvidedDescription | undefined;
  private isDisposed = false;
  private crashes = 0;
  private lastCrashAt = 0;
  private lastCause = '';
  private lastUsedAt = Date.now();
  private readonly idleTimer: NodeJS.Timeout;

  constructor(
    private readonly makeProcess: () => Promise<IsolatedProcess>,
    private readonly scope: PluginScope,
    private readonly facts: InstanceFacts,
    private readonly onFault: (cause: string) => void,
  ) {
    this.idleTimer = setInterval(() => void this.endIdle(), idleLookMs);
    this.idleTimer.unref();
  }

  async open(): Promise<ProvidedDescription> {
    await this.running();
    if (!this.description) throw new PluginLoadError('setup_failed', 'The process did not say what it provides.');
    return this.description;
  }

  readonly call: RemoteCall = async (kind, name, method, args, { signal, context, deadlineMs }) => {
    const process = await this.running();
    this.lastUsedAt = Date.now();
    return process.request({ op: 'call', kind, name, method, args }, { what: method, deadlineMs, signal, context });
  };

  async dispose(): Promise<void> {
    this.isDisposed = true;
    clearInterval(this.idleTimer);
    const process = await this.process?.catch(() => undefined);
    await this.endPolitely(process);
  }

  private async running(): Promise<IsolatedProcess> {
    const process = await this.process;
    if (process?.isAlive) return process;
    if (this.isDisposed) throw new PluginError('retry', 'The plugin has been disposed.');
    this.checkBackOff();
    // Another call may have started one meanwhile.
    if (this.process && (await this.process)?.isAlive) return this.process;
    const starting = this.startProcess();
    this.process = starting;
    try {
      return await starting;
    } catch (error) {
      this.process = undefined;
      this.noteCrash(words(error));
      throw error;
    }
  }

  private checkBackOff(): void {
    if (this.crashes === 0) return;
    if (Date.now() - this.lastCrashAt > quietMs) this.crashes = 0;
    const waitMs = Math.min(longestBackOffMs, firstBackOffMs * 2 ** (this.crashes - 1));
    const leftMs = this.lastCrashAt + waitMs - Date.now();
    // The first time it is replaced at once.
    if (this.crashes < 2 || leftMs <= 0) return;
    throw new PluginError(
      'retry',
      `Its process ended again and again; a new one starts in ${Math.ceil(leftMs / 1000)} s. ${this.lastCause}`,
      {
        retryAfterSeconds: Math.ceil(leftMs / 1000),
      },
    );
  }

  private async startProcess(): Promise<IsolatedProcess> {
    const { log } = this.scope.parts;
    const { stored, kinds, permissions } = this.facts;
    const process = await this.makeProcess();
    process.serve(this.scope.parts, {
      onOutput: (line) => log.info(line),
      onFault: (cause) => {
        log.error(cause);
        this.onFault(cause);
      },
    });
    const starting = process.request(
      { op: 'start', settings: stored, kinds, secrets: permissions.secrets },
      { what: 'setting up', deadlineMs: startMs },
    );
    this.description = await checkedAnswer(process, ProvidedDescription, starting);
    void process.ended.then((cause) => this.processEnded(process, cause));
    return process;
  }

  private processEnded(process: IsolatedProcess, cause: string): void {
    if (this.isDisposed || this.ending.has(process)) return;
    this.scope.parts.log.error(`The plugin's process is gone: ${cause}.`);
    this.noteCrash(cause);
    // Calls that were under way are faults of their own.
    if (process.callsUnderWay === 0) this.onFault(`The plugin's process is gone: ${cause}.`);
  }

  private noteCrash(cause: string): void {
    this.crashes++;
    this.lastCrashAt = Date.now();
    this.lastCause = cause;
  }

  private readonly ending = new WeakSet<IsolatedProcess>();

  /** Comes back at the next call. A feature store is asked while somebody waits, so it stays. */
  private async endIdle(): Promise<void> {
    const process = await this.process?.catch(() => undefined);
    if (!process?.isAlive || process.callsUnderWay > 0 || Date.now() - this.lastUsedAt < idleMs) return;
    if (this.description?.usesBackground || this.facts.kinds.includes('feature-store')) return;
    this.process = undefined;
    await this.endPolitely(process);
  }

  private async endPolitely(process: IsolatedProcess | undefined): Promise<void> {
    if (!process?.isAlive) return;
    this.ending.add(process);
    try {
      await process.request({ op: 'dispose' }, { what: 'disposing', deadlineMs: disposeMs });
    } catch (error) {
      this.scope.parts.log.warn(`dispose failed: ${words(error)}`);
    }
    process.kill('it was disposed');
  }
}
