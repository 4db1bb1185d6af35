import { z } from 'zod';
import { errors, type ErrorCode } from './errors.js';

/** RFC 3339 in UTC with `Z`. */
export const Timestamp = z.iso.datetime().meta({ description: 'RFC 3339, UTC' });
/** A JSON number that may not be finite. */
export const LooseNumber = z.union([z.number(), z.enum(['NaN', 'Infinity', '-Infinity'])]);
/** Turns a number into its JSON form: the non-finite ones become strings. */
export function looseNumber(value: number): z.infer<typeof LooseNumber> {
  if (Number.isFinite(value)) return value;
  return Number.isNaN(value) ? 'NaN' : value > 0 ? 'Infinity' : '-Infinity';
}
/** As wide as the widest protocol that writes them. */
export const Tags = z.record(z.string().min(1).max(250), z.string().max(20_000));
export const JsonObject = z.record(z.string(), z.json());
/** A cell of a table in JSON. 64-bit integers beyond 2^53 and non-finite numbers are strings. */
export const Cell = z.union([z.string(), z.number(), z.boolean(), z.null()]);

/** Fields that every stored object has. */
export const objectFields = {
  tags: Tags,
  createdAt: Timestamp,
  createdBy: z.string().nullable().meta({ description: 'Id of the user or key, null for the system' }),
  updatedAt: Timestamp,
  revision: z.int(),
};

/** A page of a list. */
export const pageOf = <Item extends z.ZodType>(item: Item, id: string) =>
  z.object({ data: z.array(item), nextCursor: z.string().nullable(), totalEstimate: z.int().nullable() }).meta({ id });

/** Query parameters of every list. It has no `meta` id: with one the parameters vanish from OpenAPI. */
export const listQuery = {
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().max(2000).optional(),
  sort: z.string().max(200).optional(),
  q: z.string().max(200).optional(),
};
export const ListQuery = z.strictObject(listQuery);
export type ListQuery = z.infer<typeof ListQuery>;

export const ProblemIssue = z
  .object({ pointer: z.string(), code: z.string(), message: z.string() })
  .meta({ id: 'ProblemIssue', description: 'One fault in a request; pointer is a JSON pointer into the body' });
export type ProblemIssue = z.infer<typeof ProblemIssue>;
const codes = Object.keys(errors).filter((code): code is ErrorCode => code in errors);
export const Problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    instance: z.string(),
    code: z.enum(codes),
    requestId: z.string(),
    retryable: z.boolean(),
    errors: z.array(ProblemIssue).optional(),
    usedBy: z.array(z.object({ kind: z.string(), id: z.string(), name: z.string() })).optional(),
  })
  .meta({ id: 'Problem', description: 'RFC 9457 problem details' });
export type Problem = z.infer<typeof Problem>;
