import type { EntityManager } from '@mikro-orm/postgresql';
import type { Actor } from '../platform/auth/actor.js';

export interface RegistrationRequest {
  readonly runId: string;
  readonly model: string;
  /** Moves to the version once it is admitted; null for none. */
  readonly alias: string | null;
}
export interface RegisteredVersion {
  readonly id: string;
  readonly model: string;
  readonly version: number;
}

/**
 * What the training room asks of the registry, which stands above it: to make a version of a finished run, in the same
 * transaction. The registry hands its own in through `TrainedModels.useRegistrar`.
 */
export type ModelRegistrar = (em: EntityManager, actor: Actor, request: RegistrationRequest) => Promise<RegisteredVersion>;
