import { z } from 'zod';

/** The parts of MLflow's answers that a copy needs. Numbers may come as texts, and what is empty may be absent. */
const text = z.union([z.string(), z.number()]).transform(String);
const whole = z.union([z.number(), z.string()]).transform(Number);
const pairs = z
  .array(z.object({ key: z.string(), value: z.string().default('') }))
  .default([])
  .transform((list) => new Map(list.map(({ key, value }) => [key, value])));

export const anything = z.unknown();

export const ExperimentAnswer = z.object({
  experiment_id: text,
  name: z.string(),
  artifact_location: z.string().default(''),
  lifecycle_stage: z.string().default('active'),
  tags: pairs,
});
export type ExperimentAnswer = z.output<typeof ExperimentAnswer>;

export const MetricAnswer = z.object({
  key: z.string(),
  /** NaN and infinity are texts. */
  value: z.union([z.number(), z.string()]).default(0),
  timestamp: whole.default(0),
  step: whole.default(0),
  run_id: z.string().optional(),
  model_id: z.string().optional(),
  dataset_name: z.string().optional(),
  dataset_digest: z.string().optional(),
});
export type MetricAnswer = z.output<typeof MetricAnswer>;

const DatasetInput = z.object({
  tags: z.array(z.object({ key: z.string(), value: z.string().default('') })).default([]),
  dataset: z.object({
    name: z.string(),
    digest: z.string(),
    source_type: z.string().default(''),
    source: z.string().default(''),
    schema: z.string().optional(),
    profile: z.string().optional(),
  }),
});
const ModelUse = z.object({ model_id: z.string(), step: whole.default(0) });

export const RunAnswer = z.object({
  info: z.object({
    run_id: z.string(),
    run_name: z.string().default(''),
    experiment_id: text,
    user_id: z.string().default(''),
    status: z.string().default('RUNNING'),
    start_time: whole.default(0),
    end_time: whole.nullish(),
    artifact_uri: z.string().default(''),
    lifecycle_stage: z.string().default('active'),
  }),
  data: z
    .object({ metrics: z.array(MetricAnswer).default([]), params: pairs, tags: pairs })
    .default({ metrics: [], params: new Map(), tags: new Map() }),
  inputs: z
    .object({ dataset_inputs: z.array(DatasetInput).default([]), model_inputs: z.array(ModelUse).default([]) })
    .default({ dataset_inputs: [], model_inputs: [] }),
  outputs: z.object({ model_outputs: z.array(ModelUse).default([]) }).default({ model_outputs: [] }),
});
export type RunAnswer = z.output<typeof RunAnswer>;

export const LoggedModelAnswer = z.object({
  info: z.object({
    model_id: z.string(),
    experiment_id: text,
    name: z.string().default(''),
    artifact_uri: z.string().default(''),
    status: z.union([z.string(), z.number()]).transform(String).default('LOGGED_MODEL_PENDING'),
    model_type: z.string().default(''),
    source_run_id: z.string().default(''),
    tags: pairs,
  }),
  data: z.object({ params: pairs, metrics: z.array(MetricAnswer).default([]) }).default({ params: new Map(), metrics: [] }),
});
export type LoggedModelAnswer = z.output<typeof LoggedModelAnswer>;

export const RegisteredModelAnswer = z.object({
  name: z.string(),
  description: z.string().default(''),
  tags: pairs,
  aliases: z.array(z.object({ alias: z.string(), version: text })).default([]),
});
export type RegisteredModelAnswer = z.output<typeof RegisteredModelAnswer>;

export const VersionAnswer = z.object({
  name: z.string(),
  version: text,
  description: z.string().default(''),
  source: z.string().default(''),
  run_id: z.string().default(''),
  run_link: z.string().default(''),
  model_id: z.string().default(''),
  current_stage: z.string().default('None'),
  status: z.string().default('READY'),
  status_message: z.string().default(''),
  tags: pairs,
});
export type VersionAnswer = z.output<typeof VersionAnswer>;

export const FileAnswer = z.object({ path: z.string(), is_dir: z.boolean().default(false), file_size: whole.default(0) });
export type FileAnswer = z.output<typeof FileAnswer>;

const token = { next_page_token: z.string().default('') };
export const ExperimentPage = z.object({ experiments: z.array(ExperimentAnswer).default([]), ...token });
export const RunPage = z.object({ runs: z.array(RunAnswer).default([]), ...token });
export const MetricPage = z.object({ metrics: z.array(MetricAnswer).default([]), ...token });
export const LoggedModelPage = z.object({ models: z.array(LoggedModelAnswer).default([]), ...token });
export const RegisteredModelPage = z.object({ registered_models: z.array(RegisteredModelAnswer).default([]), ...token });
export const VersionPage = z.object({ model_versions: z.array(VersionAnswer).default([]), ...token });
export const FilePage = z.object({ files: z.array(FileAnswer).default([]), ...token });
