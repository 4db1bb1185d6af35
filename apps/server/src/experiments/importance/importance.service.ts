import type { ParameterImportance, ReadImportance } from '@crisol/contracts';
import { Injectable } from '@nestjs/common';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { sqlArray, Statements } from '../../platform/database/statements.js';
import { problem } from '../../platform/http/problem.js';
import { RunSearch } from '../search/run-search.js';
import { importanceOf, type ImportanceTable } from './parameter-importance.js';

type Found = ReturnType<typeof importanceOf>;

/** Runs that a choice may mean; of those with the metric so many are looked at. */
const mostChosen = 50_000;
const mostRuns = 2_000;
/** Runs times parameters that are answered within some milliseconds: no thread is started for them. */
const fewCells = 400;
const mostWorkers = 2;
const deadlineMs = 20_000;
// Built code runs in the worker, also when a test runs the service from its sources.
const program = fileURLToPath(new URL('./importance.worker.js', import.meta.url)).replace(/([\\/])src([\\/]experiments[\\/])/, '$1dist$2');

/** Which parameters a metric depends on, over the runs of a choice. */
@Injectable()
export class ImportanceService {
  #working = 0;

  constructor(
    private readonly searches: RunSearch,
    private readonly statements: Statements,
  ) {}

  async read(body: ReadImportance): Promise<ParameterImportance> {
    const numbers = await this.searches.numbers(body, mostChosen);
    const rows = await this.statements.run<{ params: Record<string, string>; value: number }>(
      {
        // The same runs each time: in the order of a digest, which has nothing to do with when they ran.
        text: `select params, value from (
            select r.num, r.params, s.${column[body.of]} as value
              from unnest($1::bigint[]) as wanted (num)
              join run r on r.num = wanted.num join metric_series s on s.run_num = r.num and s.name = $2
             where s.${column[body.of]} not in ('NaN', 'Infinity', '-Infinity')
             order by md5(r.num::text) limit ${mostRuns + 1}
          ) as drawn order by num`,
      },
      [sqlArray(numbers), body.metric],
    );
    const table = {
      params: rows.slice(0, mostRuns).map(({ params }) => params),
      values: rows.slice(0, mostRuns).map(({ value }) => Number(value)),
    };
    const found = await this.find(table);
    const sampled = rows.length > mostRuns ? `Of ${mostRuns.toLocaleString('en-US')} runs drawn from those that have the metric.` : null;
    return { metric: body.metric, ...found, note: found.note ?? sampled };
  }

  private async find(table: ImportanceTable): Promise<Found> {
    const cells = table.params.reduce((sum, own) => sum + Object.keys(own).length, 0);
    if (cells <= fewCells) return importanceOf(table);
    if (this.#working >= mostWorkers)
      throw problem('overloaded', { detail: 'Other importances are being computed.', retryAfterSeconds: 2 });
    this.#working++;
    try {
      return await inWorker(table);
    } finally {
      this.#working--;
    }
  }
}

const column = { last: 'last', min: 'min', max: 'max' } as const;

/** Computed beside the server's own thread, which answers others meanwhile. */
function inWorker(table: ImportanceTable): Promise<Found> {
  const worker = new Worker(program, { workerData: table, resourceLimits: { maxOldGenerationSizeMb: 256 } });
  const timer = setTimeout(() => void worker.terminate(), deadlineMs);
  return new Promise<Found>((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', () => reject(problem('overloaded', { detail: 'The importance took too long; choose fewer runs.' })));
  }).finally(() => clearTimeout(timer));
}
