import { Injectable } from '@nestjs/common';
import { Statements } from '../../platform/database/statements.js';
import { readRun, type RunRecord } from './run-record.js';

/** Reads runs the short way: one statement for a run with all that belongs to it. */
@Injectable()
export class RunReader {
  constructor(private readonly statements: Statements) {}

  /** A run by its id here. */
  read(id: string): Promise<RunRecord | undefined> {
    return readRun(this.statements.run, id);
  }

  async exists(id: string): Promise<boolean> {
    const rows = await this.statements.run({ name: 'run-exists', text: 'select 1 from run where id = $1' }, [id]);
    return rows.length > 0;
  }
}
