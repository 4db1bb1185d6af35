import type { ModelFacts, Table, TableColumn, VersionFacts } from '@crisol/plugin-api';

/** The test rows as numbers: what is true, and what one version answered. Rows without a truth or an answer are left out before. */
export interface Answers {
  readonly rows: number;
  /** Regression: the number. Classes: position among the labels. */
  readonly truth: Float64Array;
  /** In the same terms as the truth. */
  readonly prediction: Float64Array;
  /** One array for each label, in the order of the labels; empty when the version gives none. */
  readonly probabilities: readonly Float64Array[];
  readonly classes: number;
}
export interface TestAnswers {
  readonly candidate: Answers;
  /** Null when the incumbent did not answer the rows. */
  readonly incumbent: Answers | null;
}

/** Reads the test rows once for all checks. */
export async function readAnswers(facts: ModelFacts, signal: AbortSignal): Promise<TestAnswers | null> {
  const { test, candidate, incumbent } = facts;
  if (!test) return null;
  const known = new Set(test.columns.map(({ name }) => name));
  const own = namesOf('__', candidate, known);
  const others = incumbent && known.has('__incumbent_prediction') ? namesOf('__incumbent_', incumbent, known) : null;
  const table = await test.read(
    ['__target', own.prediction, ...own.probabilities, ...(others ? [others.prediction, ...others.probabilities] : [])],
    signal,
  );
  const labels = facts.task === 'binary' || facts.task === 'multiclass' ? candidate.labels : null;
  return {
    candidate: answersOf(table, own, labels, candidate),
    incumbent: incumbent && others ? answersOf(table, others, labels, incumbent) : null,
  };
}

interface Names {
  readonly prediction: string;
  readonly probabilities: readonly string[];
}

function namesOf(prefix: string, version: VersionFacts, known: ReadonlySet<string>): Names {
  const probabilities = version.labels.map((_, k) => `${prefix}probability_${k}`);
  return { prediction: `${prefix}prediction`, probabilities: probabilities.every((name) => known.has(name)) ? probabilities : [] };
}

function answersOf(table: Table, names: Names, labels: readonly string[] | null, version: VersionFacts): Answers {
  const column = (name: string): TableColumn => {
    const found = table.columns.find((candidate) => candidate.name === name);
    if (!found) throw new TypeError(`The test rows have no column ${name}.`);
    return found;
  };
  const inTerms = (name: string): Float64Array => (labels ? positions(column(name), labels) : numbers(column(name)));
  const truth = inTerms('__target');
  const prediction = inTerms(names.prediction);
  // A class that the test rows do not have is a wrong answer, and must count as one.
  const classes = labels?.length ?? 0;
  if (labels) prediction.forEach((label, row) => label < 0 && (prediction[row] = ((truth[row] ?? 0) + 1) % classes));
  const given = names.probabilities.map((name) => numbers(column(name)));
  // The incumbent may know its classes in another order, or other classes; a class that it does not know has no probability.
  const probabilities =
    labels === null || given.length === 0
      ? []
      : labels.map((label) => given[version.labels.indexOf(label)] ?? new Float64Array(table.rows));
  return { rows: table.rows, truth, prediction, probabilities, classes };
}

function numbers(column: TableColumn): Float64Array {
  return column.type === 'text' ? Float64Array.from(column.codes, (code) => Number(column.levels[code] ?? Number.NaN)) : column.values;
}

function positions(column: TableColumn, labels: readonly string[]): Float64Array {
  if (column.type !== 'text') return Float64Array.from(column.values, (value) => labels.indexOf(String(value)));
  const known = column.levels.map((level) => labels.indexOf(level));
  return Float64Array.from(column.codes, (code) => known[code] ?? -1);
}
