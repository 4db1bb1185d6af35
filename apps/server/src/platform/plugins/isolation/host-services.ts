import type { CommandRequest, Table, TableReader, TrainingReport } from '@crisol/plugin-api';
import { z } from 'zod';
import type { ScopeParts } from '../scope/plugin-scope.js';

/** What a call lends to the plugin for as long as it runs. */
export interface CallContext {
  readonly report?: TrainingReport | undefined;
  readonly table?: TableReader | undefined;
}
export interface AskContext extends CallContext {
  readonly signal: AbortSignal;
  onLine(line: string, stream: 'stdout' | 'stderr'): void;
}

export class UnknownService extends Error {
  override readonly name = 'UnknownService';
}

const bytes = z.instanceof(Uint8Array);
const key = z.string().max(1_000);
const text = z.string().max(20_000);
const number = z.number().or(z.nan());
const headers = z.record(z.string().max(1_000), z.string().max(20_000));
const TableShape = z.custom<Table>((value) => {
  const parsed = z.object({ rows: z.int().min(0), columns: z.array(Column) }).safeParse(value);
  return parsed.success && parsed.data.columns.every((column) => lengthOf(column) === parsed.data.rows);
}, 'is not a table');
const Column = z.union([
  z.object({ name: z.string(), type: z.enum(['number', 'integer', 'boolean', 'date', 'timestamp']), values: z.instanceof(Float64Array) }),
  z.object({ name: z.string(), type: z.literal('text'), codes: z.instanceof(Int32Array), levels: z.array(z.string()) }),
]);
const lengthOf = (column: z.infer<typeof Column>): number => (column.type === 'text' ? column.codes.length : column.values.length);

const arguments_ = {
  httpRequest: z.tuple([
    z.string().max(20),
    z.string().max(10_000),
    z.object({
      headers: headers.optional(),
      body: z.union([z.string(), bytes]).optional(),
      timeoutMs: z.number().min(1).optional(),
    }),
  ]),
  key: z.tuple([key]),
  keyAndValue: z.tuple([key, z.unknown()]),
  name: z.tuple([text]),
  nameAndBytes: z.tuple([text, bytes]),
  prefix: z.tuple([text.optional()]),
  datasetRead: z.tuple([
    text,
    z.object({ version: z.int().optional(), columns: z.array(z.string()).optional(), limit: z.int().min(0).optional() }),
  ]),
  command: z.tuple([
    z.object({
      command: text,
      args: z.array(z.string()),
      files: z.record(z.string(), z.union([z.string(), bytes])).optional(),
      tables: z.record(z.string(), TableShape).optional(),
      collect: z.array(z.string()).optional(),
      environment: z.record(z.string(), z.string()).optional(),
      memoryMb: z.number().optional(),
      timeoutMs: z.number().optional(),
    }),
  ]),
  query: z.tuple([z.string().max(1_000_000), z.array(z.union([z.string(), z.number(), z.boolean(), z.null()])).max(10_000)]),
  columns: z.tuple([z.array(z.string()).max(100_000)]),
  checkpoint: z.tuple([bytes]),
  log: z.tuple([z.string(), z.record(z.string(), z.unknown())]),
  metric: z.tuple([z.string().max(200), number]),
  progress: z.tuple([number, text]),
  point: z.tuple([z.string().max(250), number, number]),
  reportLog: z.tuple([z.enum(['info', 'warn']), text]),
};

/** Does what a plugin's process asks for; each argument is checked, since the process may be anybody's. */
export async function answerAsk(
  parts: ScopeParts,
  of: string,
  method: string,
  args: readonly unknown[],
  context: AskContext,
): Promise<unknown> {
  const { signal, table, report } = context;
  switch (`${of}.${method}`) {
    case 'http.request': {
      const [verb, url, { headers: sent, body, timeoutMs }] = arguments_.httpRequest.parse(args);
      const answer = await parts.http.request(verb, url, {
        signal,
        ...(sent && { headers: sent }),
        ...(body !== undefined && { body }),
        ...(timeoutMs !== undefined && { timeoutMs }),
      });
      return { status: answer.status, headers: answer.headers, body: answer.body };
    }
    case 'keyValue.get':
      return parts.keyValue.get(...arguments_.key.parse(args), signal);
    case 'keyValue.set':
      return parts.keyValue.set(...arguments_.keyAndValue.parse(args), signal);
    case 'keyValue.delete':
      return parts.keyValue.delete(...arguments_.key.parse(args), signal);
    case 'artifacts.put':
      return parts.artifacts.put(...arguments_.nameAndBytes.parse(args), signal);
    case 'artifacts.get':
      return parts.artifacts.get(...arguments_.name.parse(args), signal);
    case 'artifacts.list':
      return parts.artifacts.list(arguments_.prefix.parse(args)[0], signal);
    case 'artifacts.delete':
      return parts.artifacts.delete(...arguments_.name.parse(args), signal);
    case 'datasets.list':
      return parts.datasets.list(signal);
    case 'datasets.read': {
      const [dataset, options] = arguments_.datasetRead.parse(args);
      return parts.datasets.read(dataset, withoutUndefined(options), signal);
    }
    case 'commands.run': {
      const [request] = arguments_.command.parse(args);
      const whole: CommandRequest = { ...withoutUndefined(request), signal, onLine: (line, stream) => context.onLine(line, stream) };
      return parts.commands.run(whole);
    }
    case 'table.query':
      if (table) return table.query(...arguments_.query.parse(args), signal);
      break;
    case 'table.read':
      if (table) return table.read(...arguments_.columns.parse(args), signal);
      break;
    case 'report.saveCheckpoint':
      if (report) return report.saveCheckpoint(...arguments_.checkpoint.parse(args));
  }
  throw new UnknownService(`There is no ${of}.${method} here.`);
}

/** As `answerAsk`, for what wants no answer. */
export function takeTell(parts: ScopeParts, of: string, method: string, args: readonly unknown[], { report }: CallContext): void {
  switch (`${of}.${method}`) {
    case 'log.debug':
    case 'log.info':
    case 'log.warn':
    case 'log.error': {
      const level = z.enum(['debug', 'info', 'warn', 'error']).parse(method);
      return parts.log[level](...arguments_.log.parse(args));
    }
    case 'metrics.count':
      return parts.metrics.count(...arguments_.metric.parse(args));
    case 'metrics.observe':
      return parts.metrics.observe(...arguments_.metric.parse(args));
    case 'report.progress':
      return report?.progress(...arguments_.progress.parse(args));
    case 'report.metric':
      return report?.metric(...arguments_.point.parse(args));
    case 'report.log':
      return report?.log(...arguments_.reportLog.parse(args));
  }
  throw new UnknownService(`There is no ${of}.${method} here.`);
}

type Defined<T> = { [Key in keyof T]: Exclude<T[Key], undefined> };
/** Optional fields that zod may give as undefined are left out. */
function withoutUndefined<T extends object>(value: T): Defined<T> {
  // Only fields without a value were taken away.
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined)) as Defined<T>;
}
