import type { EntityManager } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';

/** Who serves a model: an endpoint's variant, by number or by alias. */
export interface ModelUser {
  readonly modelId: string;
  readonly id: string;
  readonly name: string;
  readonly version?: number | undefined;
  readonly alias?: string | undefined;
}
/** Finds who serves models: one entry for each variant. */
export type FindModelUsers = (em: EntityManager, modelIds: readonly string[]) => Promise<readonly ModelUser[]>;

/** Lets later rooms say which endpoints serve a model, so that the registry need not know them. */
@Injectable()
export class ModelUsers {
  private finder: FindModelUsers = () => Promise.resolve([]);

  register(finder: FindModelUsers): void {
    this.finder = finder;
  }

  find(em: EntityManager, modelIds: readonly string[]): ReturnType<FindModelUsers> {
    return this.finder(em, modelIds);
  }
}
