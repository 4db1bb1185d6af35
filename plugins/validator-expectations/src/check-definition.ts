import type { CheckFinding, CheckTypeDefinition, TableReader } from '@crisol/plugin-api';

/** A check type and how it is answered. `kwargs` of a run has been parsed by the host; each check parses it again for its own type. */
export interface CheckDefinition extends CheckTypeDefinition {
  run(table: TableReader, kwargs: unknown, signal: AbortSignal): Promise<CheckFinding>;
  /** Numbers of the rows that break it; missing when the check is not about rows. */
  failingRows?(
    table: TableReader,
    kwargs: unknown,
    page: { readonly offset: number; readonly limit: number },
    signal: AbortSignal,
  ): Promise<number[]>;
}

/** The check cannot be answered on this table; the message says why and what would be right. */
export class NotAnswerable extends Error {
  override readonly name = 'NotAnswerable';
}
