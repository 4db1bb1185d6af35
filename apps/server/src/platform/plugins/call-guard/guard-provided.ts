import { PluginError, type CheckRequest, type FeatureValue, type Provided } from '@crisol/plugin-api';
import { z } from 'zod';

/**
 * Puts a check behind each method: what a plugin answers is looked at before a room works with it, and what it gets and could
 * keep is frozen where that costs nothing. A wrong answer is the plugin's `internal` error, not an accident deep in a room.
 */
export function guardProvided(provided: Provided): Provided {
  const { modelTypes, featureStores, validators, notifiers } = provided;
  const check = provided.check?.bind(provided);
  return {
    ...(modelTypes && { modelTypes: modelTypes.map(guardModelType) }),
    ...(featureStores && { featureStores: featureStores.map(guardFeatureStore) }),
    ...(validators && { validators: validators.map(guardValidator) }),
    ...(notifiers && { notifiers: notifiers.map(guardNotifier) }),
    ...(check && { check: async (signal) => checked('check', CheckAnswer, await check(signal)) }),
    ...(provided.dispose && { dispose: provided.dispose.bind(provided) }),
  };
}

type Own<Kind extends 'modelTypes' | 'featureStores' | 'validators' | 'notifiers'> = NonNullable<Provided[Kind]>[number];

const bytes = z.instanceof(Uint8Array);
const words = z.array(z.string());
const CheckAnswer = z.looseObject({ message: z.string() });
const Receipt = z.looseObject({ deliveredAt: z.number(), reference: z.string().optional() });
const Trained = z.looseObject({
  onnx: bytes,
  importance: z.array(z.looseObject({ column: z.string(), value: z.number() })),
  notes: words,
  labels: words.optional(),
  metrics: z.record(z.string(), z.number().or(z.nan())).optional(),
});
const Brought = z.looseObject({
  onnx: bytes,
  task: z.enum(['regression', 'binary', 'multiclass', 'anomaly', 'clustering']),
  labels: words,
  origin: z.string(),
  notes: words,
});
const Explained = z.looseObject({
  baseline: z.number(),
  contributions: z.instanceof(Float64Array),
  unit: z.enum(['prediction', 'log_odds']),
});
const Views = z.array(
  z.looseObject({
    name: z.string(),
    entities: words,
    features: z.array(z.looseObject({ name: z.string(), type: z.enum(['number', 'integer', 'boolean', 'text', 'timestamp']) })),
    maxAgeSeconds: z.number().nullish(),
  }),
);
const Findings = z.array(
  z.looseObject({
    outcome: z.enum(['passed', 'failed', 'errored']),
    message: z.string(),
    hasFailingRows: z.boolean(),
    elementCount: z.number().optional(),
    unexpectedCount: z.number().optional(),
    missingCount: z.number().optional(),
    unexpectedValues: z
      .array(z.looseObject({ value: z.unknown(), count: z.number() }))
      .max(1_000)
      .optional(),
    slices: z
      .array(z.looseObject({ name: z.string(), rows: z.number(), value: z.number().nullable(), passed: z.boolean() }))
      .max(1_000)
      .optional(),
  }),
);

function guardModelType(own: Own<'modelTypes'>): Own<'modelTypes'> {
  const [bring, explain] = [own.bring?.bind(own), own.explain?.bind(own)];
  const { name, title, description, tasks, params, search } = own;
  return {
    name,
    title,
    description,
    tasks,
    params,
    ...(search && { search }),
    train: async (input, report, signal) =>
      checked('train', Trained, await own.train({ ...input, params: frozen(input.params) }, report, signal)),
    ...(bring && {
      bring: async (artifact, report, signal) => checked('bring', Brought, await bring(artifact, report, signal)),
    }),
    ...(explain && {
      explain: async (onnx, table, signal) => {
        const answer = checked('explain', Explained, await explain(onnx, table, signal));
        counted('explain', answer.contributions, table.rows * table.columns.length);
        return answer;
      },
    }),
  };
}

function guardFeatureStore(own: Own<'featureStores'>): Own<'featureStores'> {
  const [defineView, write] = [own.defineView?.bind(own), own.write?.bind(own)];
  return {
    name: own.name,
    title: own.title,
    listViews: async (signal) => checked('listViews', Views, await own.listViews(signal)),
    readOnline: async (features, rows, signal) =>
      matrix('readOnline', await own.readOnline(features, rows, signal), rows.length, features.length),
    readAsOf: async (features, rows, signal) =>
      matrix('readAsOf', await own.readAsOf(features, rows, signal), rows.length, features.length),
    ...(defineView && { defineView: async (view, signal) => defineView(frozen(view), signal) }),
    ...(write && { write: async (view, rows, signal) => write(view, rows, signal) }),
  };
}

function guardValidator(own: Own<'validators'>): Own<'validators'> {
  const [failingRows, judgeModel] = [own.failingRows?.bind(own), own.judgeModel?.bind(own)];
  const findings = (operation: string, answer: unknown, checks: readonly CheckRequest[]) =>
    counted(operation, checked(operation, Findings, answer), checks.length);
  return {
    name: own.name,
    title: own.title,
    checkTypes: own.checkTypes,
    ...(own.modelCheckTypes && { modelCheckTypes: own.modelCheckTypes }),
    validate: async (table, checks, signal) => findings('validate', await own.validate(table, frozen(checks), signal), checks),
    ...(failingRows && {
      failingRows: async (table, check, page, signal) => rowNumbers(await failingRows(table, frozen(check), page, signal), page.limit),
    }),
    ...(judgeModel && {
      judgeModel: async (facts, checks, signal) => findings('judgeModel', await judgeModel(facts, frozen(checks), signal), checks),
    }),
  };
}

function guardNotifier(own: Own<'notifiers'>): Own<'notifiers'> {
  const preview = own.preview?.bind(own);
  return {
    name: own.name,
    title: own.title,
    target: own.target,
    send: async (message, target, signal) => checked('send', Receipt, await own.send(frozen(message), frozen(target), signal)),
    ...(preview && { preview: async (message, target) => checked('preview', z.string(), await preview(frozen(message), frozen(target))) }),
  };
}

/** The answer itself when it has the shape: zod's copy would lose what the shape does not name. */
function checked<Shape extends z.ZodType, Answer extends z.input<Shape>>(operation: string, shape: Shape, answer: Answer): Answer;
function checked<Shape extends z.ZodType>(operation: string, shape: Shape, answer: unknown): z.output<Shape>;
function checked(operation: string, shape: z.ZodType, answer: unknown): unknown {
  const parsed = shape.safeParse(answer);
  if (parsed.success) return answer;
  throw wrong(operation, z.prettifyError(parsed.error).slice(0, 1_000));
}

function counted<List extends { readonly length: number }>(operation: string, list: List, wanted: number): List {
  if (list.length === wanted) return list;
  throw wrong(operation, `${list.length} entries where ${wanted} were asked for`);
}

const statuses: ReadonlySet<unknown> = new Set(['present', 'null_value', 'not_found', 'outside_max_age']);

function matrix(
  operation: string,
  answer: readonly (readonly FeatureValue[])[],
  rows: number,
  features: number,
): readonly (readonly FeatureValue[])[] {
  if (!Array.isArray(answer)) throw wrong(operation, 'no list of rows');
  counted(operation, answer, rows);
  for (const row of answer) {
    if (!Array.isArray(row)) throw wrong(operation, 'a row that is no list');
    counted(operation, row, features);
    for (const cell of row) if (!isFeatureValue(cell)) throw wrong(operation, 'a value without a status');
  }
  return answer;
}

function isFeatureValue(cell: unknown): boolean {
  if (typeof cell !== 'object' || cell === null || !('status' in cell) || !('value' in cell)) return false;
  const { status, value } = cell;
  return statuses.has(status) && (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean');
}

function rowNumbers(answer: readonly number[], limit: number): readonly number[] {
  if (!Array.isArray(answer) || answer.length > limit) throw wrong('failingRows', `more than ${limit} rows, or no list`);
  for (const row of answer) if (!Number.isSafeInteger(row) || row < 0) throw wrong('failingRows', 'a row number that is none');
  return answer;
}

function wrong(operation: string, what: string): PluginError {
  return new PluginError('internal', `The answer to ${operation} has not the shape that the plugin API asks for: ${what}`);
}

/** Freezes plain objects and lists, all the way down; typed arrays cannot be frozen. */
function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value) || ArrayBuffer.isView(value)) return value;
  Object.freeze(value);
  for (const item of Object.values(value)) frozen(item);
  return value;
}
