import { Injectable } from '@nestjs/common';
import { Audit } from '../../platform/audit/audit.js';
import type { Actor } from '../../platform/auth/actor.js';
import { Database } from '../../platform/database/database.js';
import { runIn, sqlArray, Statements, type RunStatement } from '../../platform/database/statements.js';
import { problem } from '../../platform/http/problem.js';
import { ArtifactFiles } from '../artifacts/artifact-files.js';
import { ExperimentsService } from '../experiments.service.js';
import { graceMs } from '../../platform/storage/grace-time.js';
import { mlflowIdOf, runIdOf } from '../runs/run-ids.js';

/** Runs of one transaction: their points may be millions. */
const batch = 20;

interface DoomedRun {
  readonly id: string;
  readonly num: string;
  readonly experiment_number: string;
}

/** Removes for good what was deleted: rows, points and files. Objects go once nothing else names them. */
@Injectable()
export class RemovalService {
  constructor(
    private readonly database: Database,
    private readonly statements: Statements,
    private readonly experiments: ExperimentsService,
    private readonly files: ArtifactFiles,
    private readonly audit: Audit,
  ) {}

  /** Everything whose time is over. Safe to call from several processes, and to stop anywhere. */
  async sweep(now = Date.now()): Promise<void> {
    const before = new Date(now - graceMs).toISOString();
    while (await this.removeRuns('deleted_at <= $1::timestamptz', before));
    await this.statements.transaction(async (run) => {
      const models = await run<{ id: string }>(
        {
          text: `select id from logged_model where lifecycle = 'deleted' and deleted_at <= $1::timestamptz limit 500 for update skip locked`,
        },
        [before],
      );
      await this.removeLoggedModels(
        run,
        models.map(({ id }) => id),
      );
    });
    const experiments = await this.statements.run<{ number: string }>(
      { text: `select number from experiment where lifecycle = 'deleted' and deleted_at <= $1::timestamptz and number <> 0` },
      [before],
    );
    for (const { number } of experiments) await this.removeExperimentRows(number);
  }

  /**
   * Removes a deleted experiment now, with all of its runs.
   * @param confirm - its name, so that nobody means another one
   * @throws `not_found`, `validation_failed`
   */
  async removeExperiment(actor: Actor, idOrName: string, confirm: string): Promise<void> {
    const experiment = await this.experiments.get(idOrName);
    if (experiment.lifecycle !== 'deleted')
      throw problem('validation_failed', { detail: `${experiment.name} is active; delete it first, then it can be removed for good.` });
    if (confirm !== experiment.name) throw problem('validation_failed', { detail: `Send confirm with the name, ${experiment.name}.` });
    if (experiment.number === 0) throw problem('validation_failed', { detail: 'The Default experiment stays: clients expect it.' });
    await this.database.transaction((em) =>
      this.audit.record(em, actor, {
        action: 'experiment.removed',
        target: { kind: 'experiment', id: experiment.id, name: experiment.name },
      }),
    );
    await this.removeExperimentRows(String(experiment.number));
  }

  /** Removes a deleted run now. @throws `not_found`, `validation_failed` */
  async removeRun(actor: Actor, idOrMlflowId: string): Promise<void> {
    const id = runIdOf(idOrMlflowId) ?? '';
    await this.database.transaction(async (em) => {
      const run = runIn(em);
      const [found] = await run<DoomedRun & { name: string; lifecycle: string }>(
        { text: 'select id, num, experiment_number, name, lifecycle from run where id = $1 for update' },
        [id],
      );
      if (!found) throw problem('not_found', { detail: `There is no run ${idOrMlflowId}.` });
      if (found.lifecycle !== 'deleted')
        throw problem('validation_failed', { detail: 'The run is active; delete it first, then it can be removed for good.' });
      await this.audit.record(em, actor, { action: 'run.removed', target: { kind: 'run', id: found.id, name: found.name } });
      await this.removeRunRows(run, [found]);
    });
  }

  /** Whether it may go on. */
  private removeRuns(condition: string, value: string): Promise<boolean> {
    return this.statements.transaction(async (run) => {
      const doomed = await run<DoomedRun>(
        {
          text: `select id, num, experiment_number from run where lifecycle = 'deleted' and ${condition} order by num limit ${batch} for update skip locked`,
        },
        [value],
      );
      await this.removeRunRows(run, doomed);
      return doomed.length === batch;
    });
  }

  private async removeExperimentRows(number: string): Promise<void> {
    // Asked anew for each batch: it may be restored meanwhile.
    const doomed = `experiment_number = $1::bigint and exists (select from experiment where number = $1::bigint and lifecycle = 'deleted')`;
    while (await this.removeRuns(doomed, number));
    await this.statements.transaction(async (run) => {
      const [experiment] = await run(
        { text: `select number from experiment where number = $1::bigint and lifecycle = 'deleted' for update` },
        [number],
      );
      const [left] = await run({ text: 'select 1 as one from run where experiment_number = $1::bigint limit 1' }, [number]);
      // Restored meanwhile, or another process holds some of its runs: the next sweep sees to it.
      if (!experiment || left) return;
      const models = await run<{ id: string }>({ text: 'select id from logged_model where experiment_number = $1::bigint' }, [number]);
      await this.removeLoggedModels(
        run,
        models.map(({ id }) => id),
      );
      await run({ text: 'delete from input_dataset where experiment_number = $1::bigint' }, [number]);
      await this.files.removeIn(run, number);
      await run({ text: 'delete from experiment where number = $1::bigint' }, [number]);
    });
  }

  private async removeRunRows(run: RunStatement, runs: readonly DoomedRun[]): Promise<void> {
    if (runs.length === 0) return;
    for (const { id, experiment_number } of runs) await this.files.removeIn(run, `${experiment_number}/${mlflowIdOf(id)}`);
    const numbers = `{${runs.map(({ num }) => num).join(',')}}`;
    await run({ text: 'delete from metric_point where series in (select id from metric_series where run_num = any($1::bigint[]))' }, [
      numbers,
    ]);
    await run(
      {
        text: `insert into orphaned_object (object_key, since) select object_key, now() from trained_model where run_id = any($1::text[])
               on conflict do nothing`,
      },
      [sqlArray(runs.map(({ id }) => id))],
    );
    await run({ text: 'delete from run where num = any($1::bigint[])' }, [numbers]);
  }

  private async removeLoggedModels(run: RunStatement, ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    const rows = await run<{ id: string; experiment_number: string }>(
      { text: 'delete from logged_model where id = any($1::text[]) returning id, experiment_number' },
      [sqlArray(ids)],
    );
    for (const { id, experiment_number } of rows) await this.files.removeIn(run, `${experiment_number}/models/${id}`);
  }
}
