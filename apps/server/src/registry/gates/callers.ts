import type { CallerFacts } from '@crisol/plugin-api';
import type { EntityManager } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';

/** Finds what clients have sent to a model in the last seven days: one entry for each caller and each set of columns. */
export type FindCallers = (em: EntityManager, modelId: string) => Promise<readonly CallerFacts[]>;

/** Lets the serving room, which stands above, say who calls a model and with what. */
@Injectable()
export class Callers {
  private finder: FindCallers = () => Promise.resolve([]);

  register(finder: FindCallers): void {
    this.finder = finder;
  }

  find(em: EntityManager, modelId: string): ReturnType<FindCallers> {
    return this.finder(em, modelId);
  }
}
