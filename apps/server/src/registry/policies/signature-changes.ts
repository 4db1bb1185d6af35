import type { PromotionCheck, Signature, SignatureColumn } from '@crisol/contracts';

type Change = PromotionCheck['signature']['changes'][number];

/** Types whose values another type takes too. */
const widened: Readonly<Partial<Record<SignatureColumn['type'], readonly SignatureColumn['type'][]>>> = {
  integer: ['number'],
  boolean: ['number', 'integer'],
  date: ['timestamp'],
};

/** What callers of the one signature meet when the other takes its place. A column that a model does not know is refused, so to lose one breaks. */
export function signatureChanges(before: Signature | null | undefined, after: Signature | null | undefined): Change[] {
  if (!before || !after) return [];
  const old = new Map(before.inputs.map((column) => [column.name, column]));
  const now = new Map(after.inputs.map((column) => [column.name, column]));
  return [
    ...before.inputs.flatMap(({ name }): Change[] =>
      now.has(name)
        ? []
        : [{ column: name, change: 'removed', breaking: true, detail: `${name} is not taken any more; rows that hold it are refused` }],
    ),
    ...after.inputs.flatMap((column): Change[] => {
      const former = old.get(column.name);
      if (former) return changed(former, column);
      return [
        {
          column: column.name,
          change: 'added',
          breaking: !column.nullable,
          detail: column.nullable ? `${column.name} is new and may be left out` : `${column.name} is new and must be sent`,
        },
      ];
    }),
    ...answerChanges(before, after),
  ];
}

function changed(former: SignatureColumn, column: SignatureColumn): Change[] {
  const { name, type, nullable } = column;
  const changes: Change[] = [];
  if (former.type !== type)
    changes.push({
      column: name,
      change: 'changed',
      breaking: !(widened[former.type]?.includes(type) ?? false),
      detail: `${name} was ${former.type} and is ${type}`,
    });
  if (former.nullable !== nullable)
    changes.push({
      column: name,
      change: 'changed',
      breaking: !nullable,
      detail: nullable ? `${name} may be left out now` : `${name} could be left out and must be sent now`,
    });
  return changes;
}

function answerChanges(before: Signature, after: Signature): Change[] {
  const column = after.target;
  if (before.task !== after.task)
    return [{ column, change: 'changed', breaking: true, detail: `answers were those of ${before.task} and are those of ${after.task}` }];
  const had = before.labels ?? [];
  const has = after.labels ?? [];
  const lost = had.filter((label) => !has.includes(label));
  const gained = has.filter((label) => !had.includes(label));
  return [
    ...(lost.length > 0
      ? [{ column, change: 'removed' as const, breaking: true, detail: `never answers ${lost.join(', ')} any more` }]
      : []),
    ...(gained.length > 0 ? [{ column, change: 'added' as const, breaking: false, detail: `may answer ${gained.join(', ')} too` }] : []),
  ];
}
