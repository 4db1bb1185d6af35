import type { ReadRunColumns, RunColumns, RunPage, SearchRuns } from '@crisol/contracts';
import { Injectable } from '@nestjs/common';
import { createHash } from 'node:crypto';
import { Database } from '../../platform/database/database.js';
import { installationKey, readSignedCursor, signCursor } from '../../platform/database/signed-cursor.js';
import { Statements, type SqlValue } from '../../platform/database/statements.js';
import { problem } from '../../platform/http/problem.js';
import { ExperimentsService } from '../experiments.service.js';
import { toRun } from '../runs/run-mapper.js';
import { readRuns, type RunRecord } from '../runs/run-record.js';
import { parseFilter, parseOrders } from './filter-parser.js';
import { FilterError } from './filter-tree.js';
import { readColumns } from './run-columns.js';
import { runFilterRules } from './run-filter-rules.js';
import { countRuns, pickRuns, type PickedRun, type RunQuery } from './run-picker.js';

interface RunChoice {
  readonly experiments: readonly string[];
  readonly filter: string;
  readonly lifecycle: RunQuery['lifecycle'];
  readonly orderBy?: readonly string[];
}

/** Finds runs by what they logged. */
@Injectable()
export class RunSearch {
  constructor(
    private readonly database: Database,
    private readonly statements: Statements,
    private readonly experiments: ExperimentsService,
  ) {}

  async page(body: SearchRuns): Promise<RunPage> {
    const { records, next } = await this.records(await this.understand(body), body.limit, body.cursor);
    return { data: records.map((record) => toRun(record)), nextCursor: next, totalEstimate: null };
  }

  /**
   * A page of runs with all that belongs to them, and the cursor of the next one.
   * @throws `invalid_cursor`
   */
  async records(query: RunQuery, limit: number, cursor: string | undefined): Promise<{ records: RunRecord[]; next: string | null }> {
    const { picked, next } = await this.pickPage(query, limit, cursor);
    const records = await readRuns(
      this.statements.run,
      picked.map((run) => run.num),
    );
    return { records, next };
  }

  /**
   * What a filter and an order mean.
   * @throws FilterError
   */
  parse(filter: string, orderBy: readonly string[]): Pick<RunQuery, 'filter' | 'order'> {
    return { filter: parseFilter(filter, runFilterRules), order: parseOrders(orderBy, runFilterRules) };
  }

  async columns(body: ReadRunColumns): Promise<RunColumns> {
    const query = await this.understand(body);
    const { run } = this.statements;
    const picked = await pickRuns(run, query, { limit: body.limit, offset: body.offset });
    const complete = picked.length < body.limit && (picked.length > 0 || body.offset === 0);
    const total = complete ? body.offset + picked.length : await countRuns(run, query);
    const columns = await readColumns(
      run,
      picked.map((one) => one.num),
      body.fields,
    );
    return { ...columns, total };
  }

  /** The numbers of the runs that a choice means, at most `limit`, newest first unless it says otherwise. */
  async numbers(choice: RunChoice, limit: number): Promise<string[]> {
    const picked = await pickRuns(this.statements.run, await this.understand(choice), { limit });
    return picked.map((run) => run.num);
  }

  /**
   * A page of picked runs, and the signed cursor of the next one.
   * @throws `invalid_cursor`
   */
  private async pickPage(
    query: RunQuery,
    limit: number,
    cursor: string | undefined,
  ): Promise<{ picked: PickedRun[]; next: string | null }> {
    const key = await this.database.read((em) => installationKey(em));
    const order = createHash('sha256').update(JSON.stringify(query.order)).digest('base64url').slice(0, 12);
    const after = cursor === undefined ? undefined : readPlace(cursor, order, key);
    const found = await pickRuns(this.statements.run, query, { limit: limit + 1, after });
    const picked = found.slice(0, limit);
    const last = picked.at(-1);
    return { picked, next: found.length > limit && last ? signCursor([order, ...last.place], key) : null };
  }

  private async understand(choice: RunChoice): Promise<RunQuery> {
    try {
      const parsed = this.parse(choice.filter, choice.orderBy ?? []);
      const experiments = choice.experiments.length === 0 ? null : await this.numbersOf(choice.experiments);
      return { ...parsed, experiments, lifecycle: choice.lifecycle };
    } catch (error) {
      if (error instanceof FilterError) throw problem('invalid_filter', { detail: error.message });
      throw error;
    }
  }

  private async numbersOf(experiments: readonly string[]): Promise<string[]> {
    return this.database.read(async (em) => {
      const numbers = new Set<string>();
      for (const key of experiments) numbers.add(String((await this.experiments.find(em, key)).number));
      return [...numbers];
    });
  }
}

function readPlace(cursor: string, order: string, key: Buffer): SqlValue[] {
  const content = readSignedCursor(cursor, key);
  if (!Array.isArray(content) || content[0] !== order)
    throw problem('invalid_cursor', { detail: 'Take the cursor from nextCursor of the page before, with the same order.' });
  return content.slice(1).map((value: unknown) => (typeof value === 'number' || value === null ? value : String(value)));
}
