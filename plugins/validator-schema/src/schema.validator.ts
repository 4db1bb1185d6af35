import {
  isPluginError,
  type CheckFinding,
  type CheckRequest,
  type ModelFacts,
  type PluginDatasets,
  type TableReader,
  type Validator,
} from '@crisol/plugin-api';
import { z } from 'zod';
import { ExpectedColumn, gaps, isMissing, shapeFaults, strictness, type Strictness } from './expected-schema.js';

const SchemaKwargs = z.strictObject({
  columns: z
    .array(ExpectedColumn)
    .min(1)
    .max(2_000)
    .meta({ title: 'Columns', examples: [[{ name: 'id', type: 'integer', nullable: false }]] }),
  ...strictness,
});
const DatasetKwargs = z.strictObject({
  dataset: z.string().min(1).max(128).meta({ title: 'Data set', description: 'Its columns and their types are the ones expected' }),
  version: z.int().min(1).optional().meta({ title: 'Version', description: 'The newest when left out' }),
  ignore_columns: z.array(z.string().min(1)).max(2_000).default([]).meta({ title: 'Columns to leave out' }),
  ...strictness,
});
const SameInputsKwargs = z.strictObject({
  version: z.enum(['incumbent']).default('incumbent').meta({ title: 'As', description: 'incumbent: the version that holds the alias' }),
  ordered: z.boolean().default(false).meta({ title: 'In the same order' }),
});

const errored = (message: string): CheckFinding => ({ outcome: 'errored', message, hasFailingRows: false });
const invalid = (type: string, error: z.ZodError): CheckFinding =>
  errored(`The arguments of ${type} are not valid: ${z.prettifyError(error)}`);

/** Strict schemas: of tables, written down or taken from a data set, and of the inputs of a version. */
export function schemaValidator(datasets: PluginDatasets): Validator {
  const expectedBy = async (kwargs: z.infer<typeof DatasetKwargs>, signal: AbortSignal): Promise<ExpectedColumn[]> => {
    const { dataset, version, ignore_columns } = kwargs;
    const { columns } = await datasets.read(dataset, { limit: 1, ...(version === undefined ? {} : { version }) }, signal);
    return columns
      .filter(({ name }) => !ignore_columns.includes(name))
      .map(({ name, type }) => ({ name, type, nullable: true, required: true }));
  };

  const judge = async (table: TableReader, { type, kwargs }: CheckRequest, signal: AbortSignal): Promise<CheckFinding> => {
    if (type === 'match_schema') {
      const parsed = SchemaKwargs.safeParse(kwargs);
      return parsed.success ? matches(table, parsed.data.columns, parsed.data, 'the schema', signal) : invalid(type, parsed.error);
    }
    if (type !== 'match_dataset') return errored(`There is no check type ${type} for tables; there are match_schema and match_dataset.`);
    const parsed = DatasetKwargs.safeParse(kwargs);
    if (!parsed.success) return invalid(type, parsed.error);
    const { dataset, version, ignore_columns } = parsed.data;
    const compared: TableReader = { ...shapeOf(table), columns: table.columns.filter(({ name }) => !ignore_columns.includes(name)) };
    return matches(
      compared,
      await expectedBy(parsed.data, signal),
      parsed.data,
      `${dataset}${version === undefined ? '' : ` v${version}`}`,
      signal,
    );
  };

  return {
    name: 'schema',
    title: 'Schema',
    checkTypes: [
      {
        type: 'match_schema',
        title: 'Table matches a schema',
        description: 'Columns, types, order, missing values, further columns and number of rows are as written down',
        kwargs: SchemaKwargs,
      },
      {
        type: 'match_dataset',
        title: 'Table matches a data set',
        description: 'Columns and types are those of a version of a data set',
        kwargs: DatasetKwargs,
      },
    ],
    async validate(table, checks, signal) {
      const findings: CheckFinding[] = [];
      for (const check of checks) {
        signal.throwIfAborted();
        try {
          findings.push(await judge(table, check, signal));
        } catch (error) {
          signal.throwIfAborted();
          if (!isPluginError(error) || error.code === 'retry') throw error;
          findings.push(errored(`The check could not be run: ${error.message}`));
        }
      }
      return findings;
    },
    async failingRows(table, { type, kwargs }, { offset, limit }, signal) {
      const parsed = type === 'match_schema' ? SchemaKwargs.safeParse(kwargs) : null;
      if (!parsed?.success) return [];
      const strict = new Set(parsed.data.columns.filter(({ nullable }) => !nullable).map(({ name }) => name));
      const conditions = table.columns.filter(({ name }) => strict.has(name)).map(isMissing);
      if (conditions.length === 0) return [];
      const sql = `SELECT __row FROM data WHERE ${conditions.join(' OR ')} ORDER BY __row LIMIT ${Number(limit)} OFFSET ${Number(offset)}`;
      const { rows } = await table.query(sql, [], signal);
      return rows.map(([row]) => Number(row));
    },
    modelCheckTypes: [
      {
        type: 'same_inputs_as',
        title: 'Same inputs as the champion',
        description: 'Names, types and which of them may be left out are exactly those of the version that holds the alias',
        kwargs: SameInputsKwargs,
      },
    ],
    judgeModel(facts, checks, signal) {
      signal.throwIfAborted();
      return Promise.resolve(checks.map((check) => judgeInputs(facts, check)));
    },
  };
}

/** The reader with its methods, so that columns can be replaced beside them. */
function shapeOf(table: TableReader): TableReader {
  return {
    columns: table.columns,
    rowCount: table.rowCount,
    query: (...args) => table.query(...args),
    read: (...args) => table.read(...args),
  };
}

async function matches(
  table: TableReader,
  expected: readonly ExpectedColumn[],
  asked: Strictness,
  name: string,
  signal: AbortSignal,
): Promise<CheckFinding> {
  const faults = shapeFaults(table, expected, asked);
  const holes = await gaps(table, expected, signal);
  const all = [...faults, ...holes.map(({ name: column, missing }) => `${column} has ${missing} missing values and may have none`)];
  if (all.length === 0)
    return {
      outcome: 'passed',
      message: `The table's ${table.columns.length} columns and ${table.rowCount} rows match ${name}.`,
      unexpectedCount: 0,
      hasFailingRows: false,
    };
  // Rows can be named when rows are all that is wrong; else the count is one of faults.
  const rowsOnly = faults.length === 0;
  return {
    outcome: 'failed',
    message: `The table does not match ${name}: ${all.slice(0, 20).join('; ')}${all.length > 20 ? `; and ${all.length - 20} more` : ''}.`,
    observed: all.slice(0, 100),
    unexpectedCount: rowsOnly ? await rowsWithGaps(table, holes, signal) : all.length,
    hasFailingRows: rowsOnly,
  };
}

async function rowsWithGaps(table: TableReader, holes: readonly { readonly name: string }[], signal: AbortSignal): Promise<number> {
  const names = new Set(holes.map(({ name }) => name));
  const conditions = table.columns.filter(({ name }) => names.has(name)).map(isMissing);
  const { rows } = await table.query(`SELECT count(*) FROM data WHERE ${conditions.join(' OR ')}`, [], signal);
  return Number(rows[0]?.[0] ?? 0);
}

function judgeInputs({ candidate, incumbent }: ModelFacts, { type, kwargs }: CheckRequest): CheckFinding {
  if (type !== 'same_inputs_as') return errored(`There is no check type ${type} for versions; there is same_inputs_as.`);
  const parsed = SameInputsKwargs.safeParse(kwargs);
  if (!parsed.success) return invalid(type, parsed.error);
  if (!incumbent)
    return { outcome: 'passed', message: 'No version holds the alias yet, so there are no inputs to keep.', hasFailingRows: false };
  const before = new Map(incumbent.inputs.map((column) => [column.name, column]));
  const now = new Set(candidate.inputs.map(({ name }) => name));
  const faults = [
    ...incumbent.inputs.filter(({ name }) => !now.has(name)).map(({ name }) => `${name} is gone`),
    ...candidate.inputs.flatMap(({ name, type: own, optional }) => {
      const old = before.get(name);
      if (!old) return [`${name} is new`];
      if (old.type !== own) return [`${name} was ${old.type} and is ${own}`];
      return old.optional === optional ? [] : [`${name} may ${optional ? 'now' : 'no longer'} be left out`];
    }),
  ];
  const moved = candidate.inputs.findIndex(({ name }, index) => incumbent.inputs[index]?.name !== name);
  if (parsed.data.ordered && faults.length === 0 && moved >= 0)
    faults.push(`${candidate.inputs[moved]?.name ?? ''} stands in another place`);
  return {
    outcome: faults.length === 0 ? 'passed' : 'failed',
    message:
      faults.length === 0
        ? `Version ${candidate.version} takes exactly the ${incumbent.inputs.length} inputs of version ${incumbent.version}.`
        : `The inputs differ from those of version ${incumbent.version}: ${faults.slice(0, 20).join('; ')}.`,
    observed: faults.slice(0, 100),
    hasFailingRows: false,
  };
}
