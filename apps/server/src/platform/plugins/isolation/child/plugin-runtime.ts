import {
  PluginError,
  type CheckTypeDefinition,
  type Plugin,
  type Provided,
  type Table,
  type TableReader,
  type TrainingReport,
} from '@crisol/plugin-api';
import { z } from 'zod';
import { importPlugin, PluginLoadError, setUpPlugin } from '../../lifecycle/load-plugin.js';
import type { BackgroundTasks } from '../../scope/background-tasks.js';
import { resolveRefs, UnknownRefError } from '../../scope/plugin-scope.js';
import { inWords, parseSettings } from '../../settings/parse-settings.js';
import { methods, type CallKind } from '../methods.js';
import type { PluginRequest } from './child-messages.js';
import { childScope } from './child-scope.js';
import type { HostCaller } from './host-caller.js';

/** Objects of a plugin, looked at by the names of their methods. */
type Own = Readonly<Record<string, unknown>>;

/** The plugin inside its own process: loads it, makes its one instance, calls it. */
export class PluginRuntime {
  private plugin: Plugin | undefined;
  private provided: Provided | undefined;
  private background: BackgroundTasks | undefined;

  constructor(private readonly host: HostCaller) {}

  async handle(request: PluginRequest, id: number, signal: AbortSignal): Promise<unknown> {
    switch (request.op) {
      case 'load':
        this.plugin = await importPlugin(request.entry, request.pluginId);
        return { settingsSchema: documentOf(this.plugin.settings) };
      case 'parse':
        return parseSettings(this.loaded().settings, request.values);
      case 'start':
        return this.start(request);
      case 'call':
        return this.call(request, id, signal);
      case 'dispose':
        await this.background?.end();
        await this.provided?.dispose?.();
        return null;
    }
  }

  private start({ settings, kinds, secrets }: Extract<PluginRequest, { op: 'start' }>): unknown {
    const plugin = this.loaded();
    const parsed = parseSettings(plugin.settings, settings);
    if (!parsed.ok) throw new PluginLoadError('setup_failed', `The settings do not fit: ${inWords(parsed.issues)}`);
    const scope = childScope(this.host, secrets, parsed.value);
    let refs: Record<string, unknown>;
    try {
      refs = resolveRefs(plugin.uses, scope.parts);
    } catch (error) {
      throw error instanceof UnknownRefError ? new PluginLoadError('unknown_ref', error.message, error) : error;
    }
    this.provided = setUpPlugin(plugin, kinds, { ...refs, settings: parsed.value });
    this.background = scope.background;
    this.background.start();
    const usesBackground = Object.values(refs).includes(scope.parts.background);
    return { ...describe(this.provided), usesBackground };
  }

  private async call(request: Extract<PluginRequest, { op: 'call' }>, id: number, signal: AbortSignal): Promise<unknown> {
    const kind = request.kind as CallKind; // The host sends only what the table has.
    const method = methods[kind]?.[request.method];
    const own = this.own(kind, request.name);
    const work = own?.[request.method];
    if (!method || typeof work !== 'function') throw new PluginError('internal', `There is no ${request.method} of ${request.name}.`);
    const args = method.args.map((argument, index) => {
      const value = request.args[index];
      switch (argument) {
        case 'data':
          return value;
        case 'signal':
          return signal;
        case 'report':
          return this.report(id);
        case 'table':
          return this.table(value, id);
        case 'facts':
          return facts(value, (table) => this.table(table, id));
      }
    });
    const answer: unknown = await Reflect.apply(work, own, parseArguments(kind, own ?? {}, request.method, args));
    return answer;
  }

  private loaded(): Plugin {
    if (!this.plugin) throw new PluginLoadError('import_failed', 'The plugin has not been loaded.');
    return this.plugin;
  }

  private own(kind: CallKind, name: string): Own | undefined {
    const { provided } = this;
    const named = {
      plugin: [],
      'model-type': provided?.modelTypes ?? [],
      'feature-store': provided?.featureStores ?? [],
      validator: provided?.validators ?? [],
      notifier: provided?.notifiers ?? [],
    }[kind];
    const found: object | undefined = kind === 'plugin' ? provided : named.find((candidate) => candidate.name === name);
    // Methods are found by name, wherever in its prototypes they are.
    return found as Own | undefined;
  }

  private report(call: number): TrainingReport {
    const { host } = this;
    return {
      progress: (ratio, message) => host.tell(call, 'report', 'progress', [ratio, message]),
      metric: (name, step, value) => host.tell(call, 'report', 'metric', [name, step, value]),
      log: (level, message) => host.tell(call, 'report', 'log', [level, message]),
      saveCheckpoint: async (bytes) => void (await host.ask(call, 'report', 'saveCheckpoint', [bytes])),
    };
  }

  private table(value: unknown, call: number): TableReader {
    // The host describes its own reader.
    const { columns, rowCount } = value as Pick<TableReader, 'columns' | 'rowCount'>;
    return {
      columns,
      rowCount,
      query: async (sql, parameters, signal) =>
        // As above: what the host answers is its reader's answer.
        (await this.host.ask(call, 'table', 'query', [sql, parameters], signal)) as Awaited<ReturnType<TableReader['query']>>,
      // As above.
      read: async (names, signal) => (await this.host.ask(call, 'table', 'read', [names], signal)) as Table,
    };
  }
}

function facts(value: unknown, table: (value: unknown) => TableReader): unknown {
  if (typeof value !== 'object' || value === null) return value;
  return { ...value, test: 'test' in value && value.test !== null ? table(value.test) : null };
}

/** The host checked against a schema that it rebuilt; what the plugin gets is what its own schema makes of it. */
function parseArguments(kind: CallKind, own: Own, method: string, args: unknown[]): unknown[] {
  const [first, second, ...rest] = args;
  if (kind === 'notifier') return [first, parsed(own['target'], second, 'The target'), ...rest];
  if (kind === 'model-type' && method !== 'explain' && typeof first === 'object' && first !== null && 'params' in first)
    return [{ ...first, params: parsed(own['params'], first.params, 'The parameters') }, second, ...rest];
  if (kind === 'validator') {
    const types = own[method === 'judgeModel' ? 'modelCheckTypes' : 'checkTypes'];
    return [first, Array.isArray(second) ? second.map((check) => parsedCheck(types, check)) : parsedCheck(types, second), ...rest];
  }
  return args;
}

function parsedCheck(types: unknown, check: unknown): unknown {
  if (!Array.isArray(types) || typeof check !== 'object' || check === null || !('type' in check) || !('kwargs' in check)) return check;
  const definition: CheckTypeDefinition | undefined = types.find((candidate: CheckTypeDefinition) => candidate.type === check.type);
  return definition ? { ...check, kwargs: parsed(definition.kwargs, check.kwargs, `The arguments of ${definition.type}`) } : check;
}

function parsed(schema: unknown, value: unknown, what: string): unknown {
  // The shape of what setup gave was checked: its schemas are schemas.
  const result = (schema as z.ZodType).safeParse(value);
  if (result.success) return result.data;
  throw new PluginError('invalid_input', `${what} do not fit: ${z.prettifyError(result.error)}`);
}

function describe(provided: Provided): Record<string, unknown> {
  const checkTypes = (types: readonly CheckTypeDefinition[]) =>
    types.map(({ type, title, description, kwargs }) => ({ type, title, description, kwargs: documentOf(kwargs) }));
  return {
    modelTypes: (provided.modelTypes ?? []).map((own) => ({
      ...named('model-type', own),
      description: own.description ?? '',
      tasks: own.tasks,
      params: documentOf(own.params),
      search: own.search ?? null,
    })),
    featureStores: (provided.featureStores ?? []).map((own) => named('feature-store', own)),
    validators: (provided.validators ?? []).map((own) => ({
      ...named('validator', own),
      checkTypes: checkTypes(own.checkTypes),
      modelCheckTypes: own.modelCheckTypes ? checkTypes(own.modelCheckTypes) : null,
    })),
    notifiers: (provided.notifiers ?? []).map((own) => ({ ...named('notifier', own), target: documentOf(own.target) })),
    hasCheck: typeof provided.check === 'function',
  };
}

function named(kind: CallKind, own: { readonly name: string; readonly title: string }) {
  const has = (method: string): boolean => typeof Reflect.get(own, method) === 'function';
  return { name: own.name, title: own.title, methods: Object.keys(methods[kind]).filter(has) };
}

function documentOf(schema: z.ZodType): unknown {
  return JSON.parse(JSON.stringify(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })));
}
