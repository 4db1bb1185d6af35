import type { CallerFacts, SignatureColumn } from '@crisol/plugin-api';

type SentType = CallerFacts['columns'][number]['type'];

/** Types of JSON values that a column takes. Dates and times travel as text; null is a missing value everywhere. */
const takes: Readonly<Record<SignatureColumn['type'], readonly SentType[]>> = {
  number: ['number', 'null'],
  integer: ['number', 'null'],
  boolean: ['boolean', 'null'],
  text: ['text', 'null'],
  date: ['text', 'null'],
  timestamp: ['text', 'null'],
};

/** What of a caller's requests the inputs would refuse, each in a few words. */
export function faultsOf(caller: CallerFacts, inputs: readonly SignatureColumn[]): string[] {
  const sent = new Map<string, Set<SentType>>();
  for (const { name, type } of caller.columns) sent.set(name, (sent.get(name) ?? new Set()).add(type));
  const faults = inputs.flatMap((input) => {
    const types = sent.get(input.name);
    if (!types) return input.optional ? [] : [`does not send ${input.name}, which is required`];
    const wrong = [...types].filter((type) => !takes[input.type].includes(type));
    return wrong.length === 0 ? [] : [`sends ${input.name} as ${wrong.join(' and ')}, and it is ${input.type}`];
  });
  const known = new Set(inputs.map(({ name }) => name));
  const unknown = [...sent.keys()].filter((name) => !known.has(name));
  return unknown.length === 0 ? faults : [...faults, `sends ${unknown.join(', ')}, which the version does not take`];
}
