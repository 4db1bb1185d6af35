import type { CheckFinding, CheckRequest, ModelFacts, SignatureColumn, Validator } from '@crisol/plugin-api';
import { z } from 'zod';
import { faultsOf } from './callers.js';

const CallersKwargs = z.strictObject({
  min_requests: z
    .int()
    .min(1)
    .default(1)
    .meta({ title: 'From so many requests on', description: 'Callers with fewer requests of a shape are left out' }),
  ignore_callers: z.array(z.string().min(1)).max(100).default([]).meta({ title: 'Callers to leave out', description: 'Names of API keys' }),
});
const KeptKwargs = z.strictObject({
  inputs: z.boolean().default(true).meta({ title: 'Inputs', description: 'No new required input, none gone, none of another type' }),
  outputs: z.boolean().default(true).meta({ title: 'Outputs and labels', description: 'None gone; more are fine' }),
});

const errored = (message: string): CheckFinding => ({ outcome: 'errored', message, hasFailingRows: false });

/** Gates of compatibility: do the callers of the last days, and whoever reads the answers, get along with the new version? */
export const signatureValidator: Validator = {
  name: 'signature',
  title: 'Signature',
  checkTypes: [],
  validate: (_table, checks, signal) => {
    signal.throwIfAborted();
    return Promise.resolve(checks.map(({ type }) => errored(`${type} judges model versions, not tables: ask it in a gate.`)));
  },
  modelCheckTypes: [
    {
      type: 'callers_compatible',
      title: 'Callers go on working',
      description: 'What clients sent in the last seven days is what the version takes; names the callers that would break',
      kwargs: CallersKwargs,
    },
    {
      type: 'signature_kept',
      title: 'Signature kept',
      description: 'Compared with the version that holds the alias: inputs, outputs and labels are the same or wider',
      kwargs: KeptKwargs,
    },
  ],
  judgeModel(facts, checks, signal) {
    signal.throwIfAborted();
    return Promise.resolve(checks.map((check) => judge(facts, check)));
  },
};

function judge(facts: ModelFacts, { type, kwargs }: CheckRequest): CheckFinding {
  if (type === 'callers_compatible') {
    const parsed = CallersKwargs.safeParse(kwargs);
    return parsed.success ? callers(facts, parsed.data) : invalid(type, parsed.error);
  }
  if (type === 'signature_kept') {
    const parsed = KeptKwargs.safeParse(kwargs);
    return parsed.success ? kept(facts, parsed.data) : invalid(type, parsed.error);
  }
  return errored(`There is no check type ${type}; there are callers_compatible and signature_kept.`);
}

const invalid = (type: string, error: z.ZodError): CheckFinding =>
  errored(`The arguments of ${type} are not valid: ${z.prettifyError(error)}`);

function callers({ callers, candidate }: ModelFacts, { min_requests, ignore_callers }: z.infer<typeof CallersKwargs>): CheckFinding {
  const shapes = callers.filter(({ caller, requests }) => requests >= min_requests && !ignore_callers.includes(caller));
  if (shapes.length === 0)
    return {
      outcome: 'passed',
      message: 'Nobody has called the model in the last seven days, so no caller can break.',
      hasFailingRows: false,
    };
  const byName = Map.groupBy(shapes, ({ caller }) => caller);
  const judged = [...byName].map(([caller, own]) => {
    const broken = own.flatMap((shape) => {
      const faults = faultsOf(shape, candidate.inputs);
      return faults.length === 0 ? [] : [{ faults, requests: shape.requests }];
    });
    const requests = broken.reduce((sum, shape) => sum + shape.requests, 0);
    return {
      caller,
      faults: [...new Set(broken.flatMap(({ faults }) => faults))],
      broken: requests,
      requests: own.reduce((sum, shape) => sum + shape.requests, 0),
    };
  });
  judged.sort((a, b) => b.broken - a.broken || b.faults.length - a.faults.length || (a.caller < b.caller ? -1 : 1));
  const breaking = judged.filter(({ faults }) => faults.length > 0);
  const named = breaking.slice(0, 5).map(({ caller, faults }) => `${caller} ${faults.slice(0, 3).join('; ')}`);
  const more = breaking.length > 5 ? `, and ${breaking.length - 5} more` : '';
  return {
    outcome: breaking.length === 0 ? 'passed' : 'failed',
    message:
      breaking.length === 0
        ? `What ${several(judged.length, 'caller')} sent in the last seven days is what version ${candidate.version} takes.`
        : `${breaking.length} of ${several(judged.length, 'caller')} would break: ${named.join('. ')}${more}.`,
    observed: breaking.map(({ caller, faults, broken }) => ({ caller, faults, requests: broken })).slice(0, 50),
    slices: judged.slice(0, 50).map(({ caller, faults, broken, requests }) => ({
      name: caller,
      rows: requests,
      value: requests === 0 ? null : broken / requests,
      passed: faults.length === 0,
    })),
    hasFailingRows: false,
  };
}

function kept({ candidate, incumbent }: ModelFacts, asked: z.infer<typeof KeptKwargs>): CheckFinding {
  if (!incumbent)
    return { outcome: 'passed', message: 'No version holds the alias yet, so there is no signature to keep.', hasFailingRows: false };
  const faults = [
    ...(asked.inputs ? inputFaults(candidate.inputs, incumbent.inputs) : []),
    ...(asked.outputs
      ? [
          ...gone(incumbent.outputs, candidate.outputs).map((name) => `the output ${name} is gone`),
          ...gone(incumbent.labels, candidate.labels).map((name) => `the label ${name} is gone`),
        ]
      : []),
  ];
  const added = asked.outputs ? gone(candidate.labels, incumbent.labels) : [];
  const wider = added.length > 0 ? ` It knows ${several(added.length, 'label')} more: ${added.slice(0, 10).join(', ')}.` : '';
  return {
    outcome: faults.length === 0 ? 'passed' : 'failed',
    message:
      faults.length === 0
        ? `Version ${candidate.version} takes and gives what version ${incumbent.version} does.${wider}`
        : `Version ${candidate.version} breaks with version ${incumbent.version}: ${faults.slice(0, 10).join('; ')}${faults.length > 10 ? `; and ${faults.length - 10} more` : ''}.`,
    observed: faults.slice(0, 50),
    hasFailingRows: false,
  };
}

function inputFaults(own: readonly SignatureColumn[], former: readonly SignatureColumn[]): string[] {
  const before = new Map(former.map((column) => [column.name, column]));
  const names = new Set(own.map(({ name }) => name));
  const changed = own.flatMap((column) => {
    const old = before.get(column.name);
    if (!old) return column.optional ? [] : [`the input ${column.name} is new and required`];
    // A column of whole numbers that takes any number is wider.
    const wider = old.type === 'integer' && column.type === 'number';
    if (old.type !== column.type && !wider) return [`the input ${column.name} was ${old.type} and is ${column.type}`];
    return old.optional && !column.optional ? [`the input ${column.name} could be left out and is required`] : [];
  });
  // Serving refuses columns that a version does not know, so whoever goes on sending one would break.
  return [...changed, ...former.filter(({ name }) => !names.has(name)).map(({ name }) => `the input ${name} is gone`)];
}

const gone = (before: readonly string[], now: readonly string[]): string[] => before.filter((name) => !now.includes(name));
const several = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;
