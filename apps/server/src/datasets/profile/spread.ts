import { looseNumber, type ColumnProfile } from '@crisol/contracts';
import { quoteText, type DuckDbSession } from '../duckdb/open-duckdb.js';
import { countBins, histogramEdges, type HistogramEdges } from './histogram.js';

/** Fine bins in one bin of the histogram. */
const fineBins = 128;
const shares = [0.05, 0.25, 0.5, 0.75, 0.95] as const;
/** With more values than this in the bins that hold the quantiles, selecting over the whole column is quicker. */
const mostCandidates = 200_000;

export interface Spread {
  readonly histogram: ColumnProfile['histogram'];
  readonly quantiles: ColumnProfile['quantiles'];
}

/**
 * Histogram and exact quantiles (linear between ranks) of a column in two cheap scans: values are counted in fine bins,
 * which say where the ranks lie; then only the values of those few bins are read and sorted. DuckDB's own selection over
 * the whole column takes about four times as long (seen: 128 against 35 ms for a million doubles).
 * @param expression - SQL of finite doubles, null when missing
 * @param unit - see `histogramEdges`
 */
export async function spreadOf(
  session: DuckDbSession,
  source: string,
  expression: string,
  low: unknown,
  high: unknown,
  unit: number,
): Promise<Spread> {
  if (typeof low !== 'number' || typeof high !== 'number') return { histogram: [], quantiles: null };
  const edges = histogramEdges(low, high, unit);
  const relation = `(SELECT x, ${binOf(edges)} AS bin FROM (SELECT ${expression} AS x FROM ${source}) WHERE x IS NOT NULL)`;
  const fine = new Float64Array(edges.count * fineBins);
  for (const [bin, count] of await session.rows(`SELECT bin, count(*) FROM ${relation} GROUP BY 1`)) fine[Number(bin)] = Number(count);
  const coarse = Array.from(
    { length: edges.count },
    (_unused, bin) => [bin, sum(fine.subarray(bin * fineBins, (bin + 1) * fineBins))] as const,
  );
  return { histogram: countBins(edges, coarse), quantiles: await quantilesOf(session, relation, fine) };
}

/** Halves are taken first: the full range of doubles would overflow. */
function binOf({ from, width, count }: HistogramEdges): string {
  const last = count * fineBins - 1;
  return `least(greatest(floor((x / 2 - ${double(from / 2)}) / ${double(width / fineBins / 2)}), 0), ${last})::INTEGER`;
}

/** The shortest text of a double, which DuckDB reads back as the same double. */
function double(value: number): string {
  return `${quoteText(String(value))}::DOUBLE`;
}

async function quantilesOf(session: DuckDbSession, relation: string, fine: Float64Array): Promise<ColumnProfile['quantiles']> {
  const total = sum(fine);
  const before = new Float64Array(fine.length + 1);
  for (const [bin, count] of fine.entries()) before[bin + 1] = (before[bin] ?? 0) + count;
  const ranks = shares.map((share) => share * (total - 1));
  const bins = new Set(ranks.flatMap((rank) => [binAt(before, Math.floor(rank)), binAt(before, Math.ceil(rank))]));
  const candidates = [...bins].toSorted((a, b) => a - b);
  if (candidates.reduce((found, bin) => found + (fine[bin] ?? 0), 0) > mostCandidates) return selected(session, relation);
  const values = new Map<number, number[]>(candidates.map((bin) => [bin, []]));
  for (const [bin, value] of await session.rows(`SELECT bin, x FROM ${relation} WHERE bin IN (${candidates.join(', ')}) ORDER BY x`))
    values.get(Number(bin))?.push(Number(value));
  const at = (rank: number) => {
    const bin = binAt(before, rank);
    return values.get(bin)?.[rank - (before[bin] ?? 0)] ?? Number.NaN;
  };
  return toQuantiles(
    ranks.map((rank) => {
      const [below, above] = [at(Math.floor(rank)), at(Math.ceil(rank))];
      const share = rank - Math.floor(rank);
      return below * (1 - share) + above * share;
    }),
  );
}

async function selected(session: DuckDbSession, relation: string): Promise<ColumnProfile['quantiles']> {
  const [found] = await session.row(`SELECT quantile_cont(x, [${shares.join(', ')}]) FROM ${relation}`);
  return Array.isArray(found) ? toQuantiles(found.map(Number)) : null;
}

/** The bin that holds the value of a rank, by bisection over the counts before each bin. */
function binAt(before: Float64Array, rank: number): number {
  let [low, high] = [0, before.length - 2];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((before[middle + 1] ?? 0) > rank) high = middle;
    else low = middle + 1;
  }
  return low;
}

function sum(values: Float64Array): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

function toQuantiles(values: readonly number[]): ColumnProfile['quantiles'] {
  const [p05, p25, p50, p75, p95] = values.map(looseNumber);
  if (p05 === undefined || p25 === undefined || p50 === undefined || p75 === undefined || p95 === undefined) return null;
  return { p05, p25, p50, p75, p95 };
}
