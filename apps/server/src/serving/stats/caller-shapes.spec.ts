import { describe, expect, it } from '@jest/globals';
import type { EntityManager } from '@mikro-orm/postgresql';
import { systemActor, type Actor } from '../../platform/auth/actor.js';
import { Database } from '../../platform/database/database.js';
import { Callers } from '../../registry/gates/callers.js';
import { CallerShapes } from './caller-shapes.js';

interface Written {
  readonly caller: unknown;
  readonly columns: unknown;
  readonly requests: unknown;
}
/** Keeps the rows that would be added to the table. */
class RecordedDatabase extends Database {
  readonly rows: Written[] = [];
  transaction<T>(work: (em: EntityManager) => Promise<T>): Promise<T> {
    const execute = (sql: string, values: readonly unknown[]): Promise<void> => {
      if (sql.startsWith('insert into caller_shape'))
        this.rows.push({ caller: values[3], columns: JSON.parse(String(values[4])), requests: values[5] });
      return Promise.resolve();
    };
    return work({ execute } as unknown as EntityManager);
  }
  read<T>(work: (em: EntityManager) => Promise<T>): Promise<T> {
    return this.transaction(work);
  }
  afterCommit(): void {}
}
const shop: Actor = { ...systemActor, kind: 'key', id: 'key_1', name: 'shop' };

function open(): { shapes: CallerShapes; database: RecordedDatabase } {
  const database = new RecordedDatabase();
  return { shapes: new CallerShapes(database, new Callers()), database };
}

describe(CallerShapes.name, () => {
  it('looks at few requests and counts them all', async () => {
    const { shapes, database } = open();
    let looks = 0;
    const instances = () => {
      looks++;
      return [{ x: 1, country: 'ES' }];
    };
    for (let i = 0; i < 1_000; i++) shapes.note(shop, 'mdl_1', 1_000 + i / 1_000, instances);
    expect(looks).toBe(1);
    // The requests between two looks count for what the later one saw.
    shapes.note(shop, 'mdl_1', 2_000, instances);
    expect(looks).toBe(2);
    await shapes.flush();
    expect(database.rows).toEqual([
      {
        caller: 'shop',
        columns: [
          { name: 'country', type: 'text' },
          { name: 'x', type: 'number' },
        ],
        requests: 1_001,
      },
    ]);
    await shapes.flush();
    expect(database.rows).toHaveLength(1);
  });

  it('tells sets of columns apart, not the gaps in them', async () => {
    const { shapes, database } = open();
    shapes.note(shop, 'mdl_1', 0, () => [{ x: 1 }, { x: null, y: true }, { y: false, x: 2 }]);
    shapes.note(shop, 'mdl_1', 500, () => [{ x: null }]);
    await shapes.flush();
    expect(database.rows.map(({ columns }) => columns)).toEqual(
      expect.arrayContaining([
        [
          { name: 'x', type: 'number' },
          { name: 'x', type: 'null' },
        ],
        [
          { name: 'x', type: 'null' },
          { name: 'x', type: 'number' },
          { name: 'y', type: 'boolean' },
        ],
      ]),
    );
    expect(database.rows).toHaveLength(2);
  });

  it('remembers a bounded number of shapes of a caller, and none of the system', async () => {
    const { shapes, database } = open();
    for (let i = 0; i < 500; i++) shapes.note(shop, 'mdl_1', i * 1_000, () => [{ [`made-up-${i}`]: 1 }]);
    shapes.note(systemActor, 'mdl_1', 0, () => [{ x: 1 }]);
    await shapes.flush();
    expect(database.rows).toHaveLength(100);
  });
});
