import type { Column } from '@crisol/contracts';
import type { TableColumn } from '@crisol/plugin-api';
import { JobFailure, type JobContext } from '../../platform/jobs/job-handler.js';
import type { LoadedVersion, VersionAnswers } from '../gates/version-scorer.js';
import { chooseRows, type ChoosingCandidate } from './choose-rows.js';
import type { ComparedTask } from './comparison-test-sets.js';
import { openCandidate, type CandidateFile } from './open-candidate.js';
import type { CandidateAnswers, ScoredRows, SliceColumn } from './scored-rows.js';
import type { TableTools } from './table-tools.js';

export interface TestSetFile {
  readonly id: string;
  readonly dataset: string;
  readonly version: number;
  readonly rows: number;
  readonly columns: readonly Column[];
  readonly path: string;
}
export interface Scored {
  readonly rows: ScoredRows;
  readonly slices: readonly SliceColumn[];
  readonly testSets: readonly { readonly dataset: string; readonly version: number; readonly rows: number; readonly note: string | null }[];
  /** Places of the candidates that have, or may have, learnt from some of the rows. */
  readonly leaked: ReadonlySet<number>;
}
interface Request extends ComparedTask {
  readonly candidates: readonly (CandidateFile & ChoosingCandidate)[];
  readonly testSets: readonly TestSetFile[];
  readonly slices: readonly string[];
}

/** Rows that are compared at most: beyond, intervals are narrow already and resamples take minutes. */
const mostRows = 200_000;
/** Numbers that answers of one candidate may hold. */
const mostAnswers = 20_000_000;
/** Cells of a part of a file that is in memory at once. */
const windowCells = 8_000_000;
/** Values of a text or boolean column that nobody named: with more it is no slice. */
const fewValues = 20;

/** Has every candidate answer the same labelled rows, part by part, so that memory does not grow with the file. */
export async function scoreCandidates(request: Request, tools: TableTools, context: JobContext): Promise<Scored> {
  const { task, target, candidates, testSets } = request;
  const truths = [];
  for (const set of testSets) {
    const whole = await tools.readTable(set.path, [target]);
    const classes = task === 'regression' ? 1 : Math.max(2, levelsOf(whole.columns[0]).length);
    const most = Math.max(1, Math.floor(Math.min(mostRows, mostAnswers / classes) / testSets.length));
    const chosen = chooseRows(set, whole, { task, target }, candidates, most, tools);
    const column = whole.columns[0];
    if (!column) throw new TypeError('The target was not read.');
    truths.push({ set, ...chosen, truth: tools.takeColumn(column, chosen.rows) });
  }
  const labels = labelsOf(
    request,
    truths.map(({ truth }) => truth),
  );
  const total = truths.reduce((sum, { rows }) => sum + rows.length, 0);
  const store = new AnswerStore(request, labels, total);
  const groups = new GroupStore(request, total);
  const loaded: LoadedVersion[] = [];
  try {
    for (const [index, candidate] of candidates.entries()) loaded.push(await openCandidate(candidate, context.workFolder, index));
    let done = 0;
    for (const [index, { set, rows, truth }] of truths.entries()) {
      store.addTruth(index, rows, truth, done);
      const names = [
        ...new Set([...candidates.flatMap(({ signature }) => signature.inputs.map(({ name }) => name)), ...groups.namesIn(set)]),
      ];
      const size = Math.max(4_096, Math.min(131_072, Math.floor(windowCells / Math.max(1, names.length))));
      for (let start = 0; start < set.rows; start += size) {
        const [from, to] = [lowerBound(rows, start), lowerBound(rows, start + size)];
        if (from === to) continue;
        context.progress((0.5 * done) / Math.max(1, total), `Scoring ${set.dataset} v${set.version}`, 'score');
        context.signal.throwIfAborted();
        const window = await tools.readWindow(set.path, names, { from: start, to: start + size });
        const table = tools.takeRows(
          window,
          rows.subarray(from, to).map((row) => row - start),
        );
        for (const [place, version] of loaded.entries()) store.add(place, await version.answer(table, context.signal), done);
        groups.add(table.columns, done);
        done += to - from;
      }
    }
  } finally {
    for (const version of loaded) await version.release();
  }
  return {
    rows: store.finish(),
    slices: groups.finish(),
    testSets: truths.map(({ set, rows, note }) => ({ dataset: set.dataset, version: set.version, rows: rows.length, note })),
    leaked: new Set(truths.flatMap(({ leaked }) => [...leaked])),
  };
}

/** First place in ascending rows that is not below the number. */
function lowerBound(rows: Int32Array, number: number): number {
  let [low, high] = [0, rows.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((rows[middle] ?? 0) < number) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Classes of a truth column, as text. */
function levelsOf(column: TableColumn | undefined): string[] {
  if (!column) return [];
  if (column.type === 'text') return [...column.levels];
  const isBoolean = column.type === 'boolean';
  return [...new Set(column.values)]
    .filter((value) => !Number.isNaN(value))
    .sort((a, b) => a - b)
    .map((value) => (isBoolean ? (value === 1 ? 'true' : 'false') : String(value)));
}

/** The classes of the first candidate, then those that only others or the data know. A binary task has two. */
function labelsOf({ task, candidates }: Request, truths: readonly TableColumn[]): string[] {
  if (task === 'regression') return [];
  const [first] = candidates;
  const own = first?.signature.labels ?? [];
  const others = [...candidates.flatMap(({ signature }) => signature.labels ?? []), ...truths.flatMap(levelsOf)];
  const labels = [...own];
  for (const label of others) if (placeOf(labels, label) < 0) labels.push(label);
  if (task === 'binary' && labels.length > 2)
    throw new JobFailure(
      'validation_failed',
      `A binary comparison has two classes; the candidates and the data have ${labels.slice(0, 10).join(', ')}.`,
    );
  return labels;
}

/** The place of a class, by its text, or by what it means: `1`, `1.0` and `true` are written by different libraries. */
function placeOf(labels: readonly string[], label: string): number {
  const at = labels.indexOf(label);
  if (at >= 0) return at;
  const meant = meaning(label);
  return meant === null ? -1 : labels.findIndex((one) => meaning(one) === meant);
}

function meaning(label: string): number | null {
  const text = label.trim().toLowerCase();
  if (text === 'true') return 1;
  if (text === 'false') return 0;
  const value = Number(text);
  return text === '' || Number.isNaN(value) ? null : value;
}

/** Truth and answers in typed arrays, filled part by part. */
class AnswerStore {
  private readonly truth: Float64Array;
  private readonly sets: Int32Array;
  private readonly rowNumbers: Int32Array;
  private readonly answers: { readonly predictions: Float64Array; probabilities: Float64Array[] }[];
  private readonly places = new Map<string, number>();

  constructor(
    private readonly request: Request,
    private readonly labels: readonly string[],
    private readonly total: number,
  ) {
    this.truth = new Float64Array(total);
    this.sets = new Int32Array(total);
    this.rowNumbers = new Int32Array(total);
    this.answers = request.candidates.map(() => ({ predictions: new Float64Array(total), probabilities: [] }));
  }

  addTruth(set: number, rows: Int32Array, column: TableColumn, at: number): void {
    for (let i = 0; i < rows.length; i++) {
      this.sets[at + i] = set;
      this.rowNumbers[at + i] = rows[i] ?? 0;
      this.truth[at + i] = this.truthOf(column, i);
    }
  }

  private truthOf(column: TableColumn, i: number): number {
    if (column.type === 'text') return this.place(column.levels[column.codes[i] ?? -1] ?? '');
    const value = column.values[i] ?? Number.NaN;
    if (this.labels.length === 0) return value;
    return this.place(column.type === 'boolean' ? (value === 1 ? 'true' : 'false') : String(value));
  }

  private place(label: string): number {
    let at = this.places.get(label);
    if (at === undefined) {
      at = placeOf(this.labels, label);
      this.places.set(label, at);
    }
    return at;
  }

  add(candidate: number, { predictions, probabilities }: VersionAnswers, at: number): void {
    const own = this.answers[candidate];
    if (!own) return;
    for (const [i, prediction] of predictions.entries())
      own.predictions[at + i] = this.labels.length === 0 ? Number(prediction) : this.place(String(prediction));
    if (probabilities.length === 0) return;
    if (own.probabilities.length === 0) own.probabilities = this.labels.map(() => new Float64Array(this.total));
    const names = this.request.candidates[candidate]?.signature.labels ?? [];
    for (const [k, values] of probabilities.entries()) own.probabilities[this.place(names[k] ?? '')]?.set(values, at);
  }

  finish(): ScoredRows {
    const candidates: CandidateAnswers[] = this.answers.map((own, index) => ({
      label: this.request.candidates[index]?.label ?? '',
      ...own,
    }));
    const { truth, sets, rowNumbers, labels } = this;
    return { task: this.request.task, labels, truth, candidates, sets, rowNumbers };
  }
}

/** Groups of rows by the value of a column, gathered part by part. */
class GroupStore {
  private readonly columns = new Map<
    string,
    { readonly codes: Int32Array; readonly places: Map<string, number>; numbers: Float64Array | null }
  >();

  constructor(
    private readonly request: Request,
    private readonly total: number,
  ) {}

  /** Columns of a test set that rows are put into groups by. */
  namesIn({ columns }: TestSetFile): string[] {
    const { slices, target } = this.request;
    const named = columns.filter(({ name, type }) => type !== 'other' && slices.includes(name));
    if (slices.length > 0) return named.map(({ name }) => name);
    return columns
      .filter(({ name, type }) => name !== target && (type === 'text' || type === 'boolean'))
      .map(({ name }) => name)
      .slice(0, 100);
  }

  add(columns: readonly TableColumn[], at: number): void {
    const wanted = new Set(this.request.testSets.flatMap((set) => this.namesIn(set)));
    for (const column of columns) {
      if (!wanted.has(column.name)) continue;
      const own = this.columns.get(column.name) ?? { codes: new Int32Array(this.total).fill(-1), places: new Map(), numbers: null };
      this.columns.set(column.name, own);
      if (column.type !== 'text' && column.type !== 'boolean') {
        own.numbers ??= new Float64Array(this.total).fill(Number.NaN);
        own.numbers.set(column.values, at);
        continue;
      }
      const rows = column.type === 'text' ? column.codes.length : column.values.length;
      for (let i = 0; i < rows; i++) {
        const value = valueOf(column, i);
        // One value too many tells that a column of names or ids is no slice.
        if (own.places.size > 1_000) break;
        const place = own.places.get(value) ?? own.places.size;
        own.places.set(value, place);
        own.codes[at + i] = place;
      }
    }
  }

  finish(): SliceColumn[] {
    const isAsked = this.request.slices.length > 0;
    const found: SliceColumn[] = [];
    for (const [column, { codes, places, numbers }] of this.columns) {
      if (numbers) found.push({ column, ...quarters(numbers) });
      else if (places.size > 1 && (isAsked || places.size <= fewValues)) found.push({ column, codes, values: [...places.keys()] });
    }
    return isAsked ? found : found.slice(0, 5);
  }
}

function valueOf(column: TableColumn, row: number): string {
  if (column.type === 'text') return column.levels[column.codes[row] ?? -1] ?? '(missing)';
  const value = column.values[row] ?? Number.NaN;
  return Number.isNaN(value) ? '(missing)' : value === 1 ? 'true' : 'false';
}

/** Numbers in four groups of about as many rows. */
function quarters(numbers: Float64Array): { codes: Int32Array; values: string[] } {
  const sorted = numbers.filter((value) => !Number.isNaN(value)).sort();
  const edge = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
  const cuts = [...new Set([edge(0.25), edge(0.5), edge(0.75)])].filter((cut) => !Number.isNaN(cut));
  const text = (value: number): string => String(Number(value.toPrecision(4)));
  const values = [
    ...cuts.map((cut, i) => (i === 0 ? `below ${text(cut)}` : `${text(cuts[i - 1] ?? 0)} to ${text(cut)}`)),
    `from ${text(cuts.at(-1) ?? 0)}`,
  ];
  const codes = Int32Array.from(numbers, (value) => {
    if (Number.isNaN(value)) return -1;
    const at = cuts.findIndex((cut) => value < cut);
    return at < 0 ? cuts.length : at;
  });
  return { codes, values };
}
