import { z } from 'zod';
import { JsonObject, LooseNumber } from '../common.js';
import { id, Name } from '../ids.js';
import { Task } from '../training/training.js';

/** What the owner of a brought model knows of its columns; the rest is read off the graph and the samples. */
export const BroughtSignature = z
  .strictObject({
    inputs: z
      .array(
        z.strictObject({
          name: z.string().min(1),
          type: z.enum(['number', 'integer', 'boolean', 'text', 'date', 'timestamp']).optional(),
          nullable: z.boolean().optional(),
          levels: z.array(z.string()).optional(),
          min: z.number().optional(),
          max: z.number().optional(),
          example: z.union([z.string(), z.number(), z.boolean(), z.null()]).optional(),
        }),
      )
      .min(1)
      .max(10_000)
      .optional()
      .meta({ description: 'In the order of the graph’s columns' }),
    task: Task.optional(),
    target: z.string().min(1).optional(),
    labels: z.array(z.string()).min(2).optional().meta({ description: 'Classes in the order of the probabilities' }),
  })
  .meta({ id: 'BroughtSignature' });
export type BroughtSignature = z.infer<typeof BroughtSignature>;

/** Input of the job `model.bring`; made from the form of `POST /models/{model}/versions`. */
export const ModelBringInput = z
  .strictObject({
    model: Name,
    modelType: z.string().min(1).default('onnx'),
    params: JsonObject.default({}),
    files: z
      .array(z.strictObject({ name: z.string().min(1).max(255), upload: id('upl') }))
      .min(1)
      .max(16),
    samples: z
      .strictObject({ name: z.string().min(1).max(255), upload: id('upl') })
      .nullable()
      .default(null),
    signature: BroughtSignature.default({}),
    description: z.string().max(5000).default(''),
    alias: Name.nullable().default(null).meta({ description: 'Moves to the version once it is admitted' }),
    tags: z.record(z.string(), z.string()).default({}),
  })
  .meta({ id: 'ModelBringInput' });
export type ModelBringInput = z.infer<typeof ModelBringInput>;

const ParityValue = z.union([LooseNumber, z.string(), z.null()]);

/** How the answers of a brought model compare with those that its owner expects. */
export const ParityReport = z
  .object({
    rows: z.int(),
    tolerance: z.number().meta({ description: 'A number may differ by this much, or by this share of what was expected' }),
    verdict: z.enum(['equal', 'different']),
    outputs: z.array(
      z.object({
        output: z.enum(['prediction', 'probabilities', 'label']),
        worstAbsolute: LooseNumber.nullable().meta({ description: 'Null for labels' }),
        worstRelative: LooseNumber.nullable(),
        differingRows: z.int(),
        examples: z.array(z.object({ row: z.int(), expected: ParityValue, got: ParityValue })).meta({ description: 'The first ten' }),
      }),
    ),
  })
  .meta({ id: 'ParityReport' });
export type ParityReport = z.infer<typeof ParityReport>;
