import type { EntityManager } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';

/** Finds who uses models: model id and the user's name, such as an endpoint. */
export type FindModelUsers = (em: EntityManager, modelIds: readonly string[]) => Promise<readonly { modelId: string; name: string }[]>;

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
