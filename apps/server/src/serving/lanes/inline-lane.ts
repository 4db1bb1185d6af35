import type { Feed } from '../predict/instance-encoder.js';
import { GraphSession } from './graph-session.js';
import type { Lane, LaneAnswer, OutputNames } from './lane.js';

/** Runs in this very process: for versions that admission measured as quick. */
export class InlineLane implements Lane {
  readonly kind = 'inline';

  private constructor(private readonly session: GraphSession) {}

  static async open(model: Uint8Array, outputs: OutputNames, chunkRows: number): Promise<InlineLane> {
    return new InlineLane(await GraphSession.load(model, outputs, chunkRows));
  }

  run(feeds: readonly Feed[], rows: number): Promise<LaneAnswer> {
    return this.session.run(feeds, rows);
  }

  close(): Promise<void> {
    return this.session.close();
  }
}
