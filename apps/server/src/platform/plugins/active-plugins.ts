import type { PluginKind } from '@crisol/contracts';
import type { Provided } from '@crisol/plugin-api';
import { problem } from '../http/problem.js';
import { Breaker, type Health } from './call-guard/breaker.js';
import { CallMinutes } from './call-guard/call-minutes.js';
import { CallStatistics } from './call-guard/call-statistics.js';
import { isFault, mapPluginError } from './call-guard/map-plugin-error.js';
import type { PluginInstance } from './lifecycle/plugin-instance.js';
import {
  PluginHost,
  type PluginReference,
  type ProvidedFeatureStore,
  type ProvidedModelType,
  type ProvidedNotifier,
  type ProvidedValidator,
} from './plugin-host.js';

interface Slot {
  instance: PluginInstance;
  breaker: Breaker;
  readonly statistics: CallStatistics;
}

type Lister<Own> = (provided: Provided) => readonly Own[];
const modelTypesOf = (provided: Provided) => provided.modelTypes ?? [];
const validatorsOf = (provided: Provided) => provided.validators ?? [];
const notifiersOf = (provided: Provided) => provided.notifiers ?? [];
const featureStoresOf = (provided: Provided) => provided.featureStores ?? [];

/** What changed in a plugin's health, with the last fault in words. */
export type HealthListener = (pluginId: string, health: Health, cause: string) => void;

/**
 * The running instances of this process and the only way into them. What the lists hand out are faces, not the plugins'
 * own objects: each method finds the current instance at the moment of the call and counts on it, so an instance that was
 * swapped out is never called again and is disposed only after its last call.
 */
export class ActivePlugins extends PluginHost {
  /** What was called in which minute, until it is written. */
  readonly minutes = new CallMinutes();
  private readonly slots = new Map<string, Slot>();
  private healthListener: HealthListener = () => undefined;

  constructor(private readonly now: () => number = Date.now) {
    super();
  }

  onHealth(listener: HealthListener): void {
    this.healthListener = listener;
  }

  /** Puts a new instance in the old one's place; gives the old one, which the caller retires. */
  swap(instance: PluginInstance): PluginInstance | undefined {
    const former = this.slots.get(instance.pluginId);
    const statistics = former?.statistics ?? new CallStatistics(instance.pluginId, this.minutes);
    const slot: Slot = { instance, breaker: new Breaker(), statistics };
    this.slots.set(instance.pluginId, slot);
    instance.onFault((cause) => this.note(instance.pluginId, slot, slot.breaker.health, slot.breaker.failed(this.now()), cause));
    return former?.instance;
  }

  /** Takes a plugin out; gives its instance, which the caller retires. */
  remove(pluginId: string): PluginInstance | undefined {
    const instance = this.slots.get(pluginId)?.instance;
    this.slots.delete(pluginId);
    return instance;
  }

  instance(pluginId: string): PluginInstance | undefined {
    return this.slots.get(pluginId)?.instance;
  }

  instances(): PluginInstance[] {
    return [...this.slots.values()].map((slot) => slot.instance);
  }

  /** Counts a call that a job's process made into its own instance; a fault there speaks against the plugin as one here does. */
  calledInJob(pluginId: string, operation: string, outcome: 'ok' | 'error' | 'fault', durationMs: number, cause: string): void {
    const slot = this.slots.get(pluginId);
    if (!slot) return;
    slot.statistics.record(operation, outcome === 'ok' ? 'ok' : 'error', durationMs);
    const before = slot.breaker.health;
    if (outcome === 'fault') this.note(pluginId, slot, before, slot.breaker.failed(this.now()), `${operation} in a job: ${cause}`);
    else if (outcome === 'ok') this.note(pluginId, slot, before, slot.breaker.succeeded(this.now()), '');
  }

  /** Lets plugins whose quarantine is over have another try. */
  retryQuarantined(): void {
    for (const [pluginId, { breaker }] of this.slots) {
      if (breaker.health === 'quarantined' && breaker.retry(this.now()) === 'degraded') {
        this.healthListener(pluginId, 'degraded', 'The quarantine is over; the next fault starts another.');
      }
    }
  }

  modelTypes(): readonly ProvidedModelType[] {
    return this.each(modelTypesOf, (pluginId, own) => ({
      pluginId,
      modelType: { ...own, train: (...args) => this.on(pluginId, modelTypesOf, own.name, (now) => now.train(...args)) },
    }));
  }

  validators(): readonly ProvidedValidator[] {
    return this.each(validatorsOf, (pluginId, own) => {
      const { failingRows, judgeModel } = own;
      return {
        pluginId,
        checkTypes: own.checkTypes,
        validator: {
          name: own.name,
          title: own.title,
          checkTypes: own.checkTypes,
          ...(own.modelCheckTypes && { modelCheckTypes: own.modelCheckTypes }),
          validate: (...args) => this.on(pluginId, validatorsOf, own.name, (now) => now.validate(...args)),
          ...(failingRows && {
            failingRows: (...args) => this.on(pluginId, validatorsOf, own.name, (now) => (now.failingRows ?? failingRows)(...args)),
          }),
          ...(judgeModel && {
            judgeModel: (...args) => this.on(pluginId, validatorsOf, own.name, (now) => (now.judgeModel ?? judgeModel)(...args)),
          }),
        },
      };
    });
  }

  notifiers(): readonly ProvidedNotifier[] {
    return this.each(notifiersOf, (pluginId, own) => ({
      pluginId,
      notifier: { ...own, send: (...args) => this.on(pluginId, notifiersOf, own.name, (now) => now.send(...args)) },
    }));
  }

  featureStores(): readonly ProvidedFeatureStore[] {
    return this.each(featureStoresOf, (pluginId, own) => {
      const { defineView, write } = own;
      return {
        pluginId,
        featureStore: {
          name: own.name,
          title: own.title,
          listViews: (...args) => this.on(pluginId, featureStoresOf, own.name, (now) => now.listViews(...args)),
          readOnline: (...args) => this.on(pluginId, featureStoresOf, own.name, (now) => now.readOnline(...args)),
          readAsOf: (...args) => this.on(pluginId, featureStoresOf, own.name, (now) => now.readAsOf(...args)),
          ...(defineView && {
            defineView: (...args) => this.on(pluginId, featureStoresOf, own.name, (now) => (now.defineView ?? defineView).apply(now, args)),
          }),
          ...(write && {
            write: (...args) => this.on(pluginId, featureStoresOf, own.name, (now) => (now.write ?? write).apply(now, args)),
          }),
        },
      };
    });
  }

  reference(kind: PluginKind, name: string): PluginReference {
    for (const { instance } of this.usable()) {
      if (!instance.names(kind).includes(name)) continue;
      const { pluginId, settings, isolation, package_ } = instance;
      return { pluginId, entry: package_.entry, settings, isolation, permissions: package_.manifest.permissions, kind, name };
    }
    const names = this.usable().flatMap(({ instance }) => instance.names(kind));
    throw problem(kind === 'model-type' ? 'model_type_unknown' : 'plugin_not_active', {
      detail: `No active plugin brings the ${kind} ${name}. ${names.length > 0 ? `There are: ${names.sort().join(', ')}.` : 'There is none at all.'}`,
    });
  }

  async call<T>(pluginId: string, operation: string, deadlineMs: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const slot = this.usableSlot(pluginId);
    const { instance } = slot;
    const abort = new AbortController();
    const started = performance.now();
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      const seconds = deadlineMs / 1000;
      late.reject(problem('plugin_timed_out', { detail: `Plugin ${pluginId} did not end ${operation} within ${seconds} s.` }));
      abort.abort();
    }, deadlineMs);
    instance.enter();
    const running = invoke(work, abort.signal);
    // An answer or an error after the deadline is nobody's any more; it must not become an unhandled rejection.
    running.catch(() => undefined).finally(() => instance.leave());
    try {
      const answer = await Promise.race([running, late.promise]);
      slot.statistics.record(operation, 'ok', performance.now() - started);
      this.note(pluginId, slot, slot.breaker.health, slot.breaker.succeeded(this.now()), '');
      return answer;
    } catch (thrown) {
      const fault = abort.signal.aborted || isFault(thrown);
      slot.statistics.record(operation, abort.signal.aborted ? 'timeout' : 'error', performance.now() - started);
      const failure = mapPluginError(pluginId, operation, thrown);
      if (fault) {
        const cause = `${operation}: ${abort.signal.aborted ? failure.message : String(thrown)}`;
        this.note(pluginId, slot, slot.breaker.health, slot.breaker.failed(this.now()), cause);
      }
      throw failure;
    } finally {
      clearTimeout(timer);
    }
  }

  private note(pluginId: string, slot: Slot, before: Health, after: Health, cause: string): void {
    if (before !== after && this.slots.get(pluginId) === slot) this.healthListener(pluginId, after, cause);
  }

  private usable(): Slot[] {
    return [...this.slots.values()].filter((slot) => slot.breaker.health !== 'quarantined');
  }

  private usableSlot(pluginId: string): Slot {
    const slot = this.slots.get(pluginId);
    if (!slot) throw problem('plugin_not_active', { detail: `Plugin ${pluginId} is not active; the Plugins page says why.` });
    if (slot.breaker.health === 'quarantined' && slot.breaker.retry(this.now()) === 'quarantined') {
      const until = new Date(slot.breaker.quarantinedUntil).toISOString();
      throw problem('plugin_not_active', { detail: `Plugin ${pluginId} failed too often and is quarantined until ${until}.` });
    }
    return slot;
  }

  private each<Own, Face>(pick: Lister<Own>, face: (pluginId: string, own: Own) => Face): Face[] {
    return this.usable().flatMap(({ instance }) => pick(instance.provided).map((own) => face(instance.pluginId, own)));
  }

  /** Runs `work` on the current instance's own object of that name, counted on that instance. */
  private async on<Own extends { readonly name: string }, T>(
    pluginId: string,
    pick: Lister<Own>,
    name: string,
    work: (own: Own) => Promise<T>,
  ): Promise<T> {
    const { instance } = this.usableSlot(pluginId);
    const own = pick(instance.provided).find((candidate) => candidate.name === name);
    if (!own) throw problem('plugin_not_active', { detail: `Plugin ${pluginId} does not bring ${name} any more.` });
    instance.enter();
    try {
      return await work(own);
    } finally {
      instance.leave();
    }
  }
}

/** Starts the work now; a plain throw becomes a rejection. */
async function invoke<T>(work: (signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T> {
  return await work(signal);
}
