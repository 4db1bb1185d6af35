import type { CheckFinding, CheckRequest, ModelFacts, Validator, VersionFacts } from '@crisol/plugin-api';
import { z } from 'zod';

const LimitKwargs = z
  .strictObject({
    p50_ms: z.number().positive().optional().meta({ title: 'p50 at most (ms)', description: 'Half of the calls are quicker' }),
    p99_ms: z.number().positive().optional().meta({ title: 'p99 at most (ms)', description: '99 of 100 calls are quicker' }),
  })
  .refine(({ p50_ms, p99_ms }) => p50_ms !== undefined || p99_ms !== undefined, 'give p50_ms, p99_ms or both');
const SizeKwargs = z.strictObject({ max_bytes: z.int().positive().meta({ title: 'At most (bytes)' }) });
const ChangeKwargs = z.strictObject({
  max_factor: z
    .number()
    .positive()
    .default(1.5)
    .meta({ title: 'At most this many times', description: '1.5: not more than half as slow again as the version that holds the alias' }),
  percentile: z.enum(['p50', 'p99']).default('p99').meta({ title: 'Percentile' }),
  grace_ms: z
    .number()
    .min(0)
    .default(0.1)
    .meta({ title: 'Grace (ms)', description: 'A difference below this is noise of the measurement, whatever the factor' }),
});

const finding = (passed: boolean, message: string, observed: unknown): CheckFinding => ({
  outcome: passed ? 'passed' : 'failed',
  message,
  observed,
  hasFailingRows: false,
});
const errored = (message: string): CheckFinding => ({ outcome: 'errored', message, hasFailingRows: false });

/** Gates of speed and size, by what admission measured on one processor. */
export const latencyValidator: Validator = {
  name: 'latency',
  title: 'Latency and size',
  checkTypes: [],
  validate: (_table, checks, signal) => {
    signal.throwIfAborted();
    return Promise.resolve(checks.map(({ type }) => errored(`${type} judges model versions, not tables: ask it in a gate.`)));
  },
  modelCheckTypes: [
    {
      type: 'latency_limit',
      title: 'Quick enough',
      description: 'p50 and p99 of one call, as admission measured them, are within limits',
      kwargs: LimitKwargs,
    },
    { type: 'size_limit', title: 'Small enough', description: 'The file of the version is within a limit', kwargs: SizeKwargs },
    {
      type: 'latency_change',
      title: 'Not slower than the champion',
      description: 'A call takes at most so many times what it takes with the version that holds the alias',
      kwargs: ChangeKwargs,
    },
  ],
  judgeModel(facts, checks, signal) {
    signal.throwIfAborted();
    return Promise.resolve(checks.map((check) => judge(facts, check)));
  },
};

function judge(facts: ModelFacts, { type, kwargs }: CheckRequest): CheckFinding {
  switch (type) {
    case 'latency_limit':
      return withKwargs(LimitKwargs, type, kwargs, (asked) => limit(facts.candidate, asked));
    case 'size_limit':
      return withKwargs(SizeKwargs, type, kwargs, (asked) => size(facts.candidate, asked));
    case 'latency_change':
      return withKwargs(ChangeKwargs, type, kwargs, (asked) => change(facts, asked));
    default:
      return errored(`There is no check type ${type}; there are latency_limit, size_limit and latency_change.`);
  }
}

function withKwargs<Schema extends z.ZodType>(
  schema: Schema,
  type: string,
  kwargs: unknown,
  work: (asked: z.output<Schema>) => CheckFinding,
): CheckFinding {
  const parsed = schema.safeParse(kwargs);
  return parsed.success ? work(parsed.data) : errored(`The arguments of ${type} are not valid: ${z.prettifyError(parsed.error)}`);
}

function limit(version: VersionFacts, asked: z.infer<typeof LimitKwargs>): CheckFinding {
  if (!version.latency) return unmeasured(version);
  const { p50Ms, p99Ms, rows } = version.latency;
  const parts = [
    ...(asked.p50_ms === undefined ? [] : [{ name: 'p50', found: p50Ms, most: asked.p50_ms }]),
    ...(asked.p99_ms === undefined ? [] : [{ name: 'p99', found: p99Ms, most: asked.p99_ms }]),
  ];
  return finding(
    parts.every(({ found, most }) => found <= most),
    `A call of ${rows} row${rows === 1 ? '' : 's'} takes ${parts.map(({ name, found, most }) => `${show(found)} ms at ${name} (at most ${show(most)})`).join(' and ')}.`,
    { rows, p50Ms, p99Ms },
  );
}

function size(version: VersionFacts, { max_bytes }: z.infer<typeof SizeKwargs>): CheckFinding {
  return finding(
    version.sizeBytes <= max_bytes,
    `The file has ${inBytes(version.sizeBytes)}; at most ${inBytes(max_bytes)} are asked.`,
    version.sizeBytes,
  );
}

function change({ candidate, incumbent }: ModelFacts, { max_factor, percentile, grace_ms }: z.infer<typeof ChangeKwargs>): CheckFinding {
  if (!incumbent) return finding(true, 'No version holds the alias yet, so there is none that this one could be slower than.', null);
  if (!candidate.latency) return unmeasured(candidate);
  if (!incumbent.latency) return unmeasured(incumbent);
  if (candidate.latency.rows !== incumbent.latency.rows)
    return errored(`The two were measured with ${candidate.latency.rows} and ${incumbent.latency.rows} rows a call, which do not compare.`);
  const key = percentile === 'p50' ? 'p50Ms' : 'p99Ms';
  const own = candidate.latency[key];
  const other = incumbent.latency[key];
  const factor = other > 0 ? own / other : null;
  const within = own <= other * max_factor || own - other <= grace_ms;
  const times = factor === null ? '' : `, ${show(factor)} times`;
  const noise = within && own > other * max_factor ? `; the difference is within ${show(grace_ms)} ms of noise` : '';
  return finding(
    within,
    `A call takes ${show(own)} ms at ${percentile}${times} the ${show(other)} ms of version ${incumbent.version}; at most ${show(max_factor)} times are asked${noise}.`,
    { candidateMs: own, incumbentMs: other, factor },
  );
}

function unmeasured({ version }: VersionFacts): CheckFinding {
  return errored(`The latency of version ${version} was not measured: it has not been through admission.`);
}

const show = (value: number): string => String(Number(value.toPrecision(3)));

function inBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} bytes`;
  return bytes < 1024 ** 2 ? `${show(bytes / 1024)} KiB` : `${show(bytes / 1024 ** 2)} MiB`;
}
