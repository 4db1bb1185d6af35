import { z } from 'zod';
import { LooseNumber, pageOf, Tags, Timestamp } from '../common.js';
import { id } from '../ids.js';
import { Lifecycle } from './run.js';

/** A model that an MLflow 3 client logged: a folder of artifacts with parameters and metrics of its own. */
export const LoggedModel = z
  .object({
    id: z.string().meta({ description: 'm- and 32 hex digits, as MLflow clients know it' }),
    name: z.string(),
    experiment: z.object({ id: id('exp'), name: z.string(), number: z.int() }),
    run: id('run').nullable(),
    state: z.enum(['pending', 'ready', 'upload_failed']),
    lifecycle: Lifecycle,
    modelType: z.string(),
    params: z.record(z.string(), z.string()),
    metrics: z.array(
      z.object({ name: z.string(), value: LooseNumber, step: z.int(), run: id('run').nullable(), dataset: z.string().nullable() }),
    ),
    tags: Tags,
    versions: z.array(z.object({ model: z.string(), version: z.int() })).meta({ description: 'What it is registered as' }),
    sizeBytes: z.int(),
    createdAt: Timestamp,
    updatedAt: Timestamp,
  })
  .meta({ id: 'LoggedModel' });
export type LoggedModel = z.infer<typeof LoggedModel>;
export const LoggedModelPage = pageOf(LoggedModel, 'LoggedModelPage');
export type LoggedModelPage = z.infer<typeof LoggedModelPage>;
