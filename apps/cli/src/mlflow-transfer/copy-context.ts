import type { MlflowServer } from './mlflow-server.js';
import type { IdMap } from './origin.js';
import type { Tally } from './report.js';

/** What every part of a copy shares. */
export interface CopyContext {
  readonly source: MlflowServer;
  readonly target: MlflowServer;
  /** Name of the source in the tags of the target. */
  readonly origin: string;
  readonly ids: IdMap;
  readonly tally: Tally;
  readonly concurrency: number;
  readonly includeDeleted: boolean;
}

/** Uses of logged models, in the words of the target. */
export interface ModelIds {
  idsOf(uses: readonly ModelUse[]): Promise<ModelUse[]>;
}
export interface ModelUse {
  readonly model_id: string;
  readonly step: number;
}

/** A value that is made once for each key, also when it is asked for meanwhile. */
export class Once<Value> {
  private readonly made = new Map<string, Promise<Value>>();

  get(key: string, make: () => Promise<Value>): Promise<Value> {
    let value = this.made.get(key);
    if (!value) this.made.set(key, (value = make()));
    return value;
  }
}
