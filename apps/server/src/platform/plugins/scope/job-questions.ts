import { z } from 'zod';

/**
 * What a plugin in a job's child asks of the worker, by topic. `plugin` is the id; the worker answers only for plugins that
 * it gave to this attempt.
 */
export const jobQuestions = {
  facts: z.object({}),
  valueGet: z.object({ plugin: z.string(), key: z.string() }),
  valueSet: z.object({ plugin: z.string(), key: z.string(), value: z.unknown() }),
  valueDelete: z.object({ plugin: z.string(), key: z.string() }),
  /** `file`: a name in the work folder. */
  artifactPut: z.object({ plugin: z.string(), name: z.string(), file: z.string() }),
  artifactGet: z.object({ plugin: z.string(), name: z.string() }),
  artifactList: z.object({ plugin: z.string(), prefix: z.string() }),
  artifactDelete: z.object({ plugin: z.string(), name: z.string() }),
  datasetList: z.object({ plugin: z.string() }),
  datasetFile: z.object({ plugin: z.string(), dataset: z.string(), version: z.number().optional() }),
  called: z.object({
    plugin: z.string(),
    operation: z.string().max(64),
    outcome: z.enum(['ok', 'error', 'fault']),
    durationMs: z.number().min(0),
    cause: z.string(),
  }),
  metrics: z.object({
    plugin: z.string(),
    points: z.array(z.object({ kind: z.enum(['count', 'observe']), name: z.string(), value: z.number() })).max(2_000),
  }),
};
export type JobQuestionName = keyof typeof jobQuestions;
export type JobQuestionBody<Name extends JobQuestionName> = z.infer<(typeof jobQuestions)[Name]>;

export const topicOf = (name: JobQuestionName): string => `plugin.${name}`;

/** What the worker answers, where it is more than nothing. */
export const JobFacts = z.object({ allowPrivateAddresses: z.boolean(), commandPath: z.string() });
export const Path = z.string().nullable();
export const DatasetFileAnswer = z.object({ name: z.string(), version: z.number(), rows: z.number(), path: z.string() });
export const DatasetListAnswer = z.array(z.object({ name: z.string(), version: z.number(), rows: z.number() }));
export const ArtifactListAnswer = z.array(z.object({ name: z.string(), sizeBytes: z.number() }));
