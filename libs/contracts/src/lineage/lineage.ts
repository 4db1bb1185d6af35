import { z } from 'zod';

export const LineageNode = z
  .object({ kind: z.enum(['dataset_version', 'run', 'model_version', 'endpoint', 'external']), id: z.string(), name: z.string() })
  .meta({ id: 'LineageNode' });
export type LineageNode = z.infer<typeof LineageNode>;
export const LineageGraph = z
  .object({
    nodes: z.array(LineageNode),
    edges: z.array(z.object({ from: z.string(), to: z.string(), label: z.string() })),
    truncated: z.boolean(),
  })
  .meta({ id: 'LineageGraph' });
export type LineageGraph = z.infer<typeof LineageGraph>;
export const LineageQuery = z.strictObject({
  node: z.string().min(1),
  direction: z.enum(['up', 'down', 'both']).default('both'),
  depth: z.coerce.number().int().min(1).max(10).default(5),
});
export type LineageQuery = z.infer<typeof LineageQuery>;
