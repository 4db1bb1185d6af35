import type { Feed } from '../predict/instance-encoder.js';
import type { LaneAnswer, OutputNames } from './lane.js';

/** What goes to the child: the model first, then batches. */
export type ToLaneChild =
  | { readonly type: 'load'; readonly path: string; readonly outputs: OutputNames; readonly chunkRows: number }
  | { readonly type: 'run'; readonly id: number; readonly feeds: readonly Feed[]; readonly rows: number };
/** What comes back. */
export type FromLaneChild =
  | { readonly type: 'loaded' }
  | { readonly type: 'refused'; readonly message: string }
  | { readonly type: 'answer'; readonly id: number; readonly answer: LaneAnswer }
  | { readonly type: 'failed'; readonly id: number; readonly message: string };
