import type { ModelType, SearchRange } from '@crisol/plugin-api';
import { ensure, type ContractCase } from '../../contract.js';
import { ensureExamplesFit, ensureStrictSchema } from '../compare.js';
import { open, type ModelTypeSubject } from './subject.js';

/** Values that a search may try: the ends, the middle and a step. */
function samples(range: SearchRange): readonly (string | number | boolean)[] {
  if (range.kind === 'categorical') return range.choices;
  const { low, high } = range;
  const middle = range.log ? Math.sqrt(low * high) : (low + high) / 2;
  return range.kind === 'float' ? [low, middle, high] : [low, Math.round(middle), high, Math.min(high, low + (range.step ?? 1))];
}

function ensureRange(name: string, range: SearchRange, params: ModelType['params']): void {
  if (range.kind === 'categorical') ensure(range.choices.length > 0, `The search of ${name} has no choices.`);
  else {
    ensure(range.low < range.high, `The search of ${name} goes from ${range.low} to ${range.high}.`);
    ensure(!range.log || range.low > 0, `The search of ${name} is logarithmic and begins at ${range.low}: it must begin above 0.`);
  }
  for (const value of samples(range)) {
    const parsed = params.safeParse({ [name]: value });
    ensure(
      parsed.success,
      `The search may try ${JSON.stringify(value)} for ${name}, which the parameters refuse: ${parsed.error?.issues[0]?.message ?? ''}`,
    );
  }
}

/** What the parameters promise. */
export const parameterCases: readonly ContractCase<ModelTypeSubject>[] = [
  {
    name: 'has parameters with a default each, that refuse unknown keys and export as JSON Schema',
    async run(subject) {
      const { modelType } = open(subject);
      const parsed = modelType.params.safeParse({});
      ensure(parsed.success, `A parameter has no default: ${parsed.error?.issues[0]?.path.join('.') ?? ''}.`);
      ensureStrictSchema(modelType.params, {}, 'The parameters');
      ensureExamplesFit(modelType.params, {}, 'The parameters');
    },
  },
  {
    name: 'has search ranges whose values fit the parameters',
    async run(subject) {
      const { modelType } = open(subject);
      for (const [name, range] of Object.entries(modelType.search ?? {})) ensureRange(name, range, modelType.params);
    },
  },
];
