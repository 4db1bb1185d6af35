import { z } from 'zod';
import { Timestamp } from '../common.js';
import { id } from '../ids.js';

/** A named state of a list's address: filters, sort, columns. */
export const SavedView = z
  .object({
    id: id('viw'),
    page: z.string().meta({ description: 'Which list, such as runs or runs:exp_…' }),
    name: z.string(),
    query: z.string().meta({ description: 'The query string of the address, without ?' }),
    shared: z.boolean().meta({ description: 'Everybody sees it; only its owner changes it' }),
    mine: z.boolean(),
    ownerName: z.string(),
    updatedAt: Timestamp,
  })
  .meta({ id: 'SavedView' });
export type SavedView = z.infer<typeof SavedView>;
export const SavedViewList = z.object({ data: z.array(SavedView) }).meta({ id: 'SavedViewList' });
export type SavedViewList = z.infer<typeof SavedViewList>;
export const SavedViewQuery = z.strictObject({ page: z.string().min(1).max(200) });
export type SavedViewQuery = z.infer<typeof SavedViewQuery>;
export const PutSavedView = z
  .strictObject({
    page: z.string().min(1).max(200),
    name: z.string().trim().min(1).max(100),
    query: z.string().max(8000),
    shared: z.boolean().default(false),
  })
  .meta({ id: 'PutSavedView', example: { page: 'runs', name: 'Best of June', query: 'filter=metrics.auc%3E0.9' } });
export type PutSavedView = z.infer<typeof PutSavedView>;
