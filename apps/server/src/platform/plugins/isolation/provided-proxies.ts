import type { Provided, TableReader, TrainingReport } from '@crisol/plugin-api';
import { guardProvided } from '../call-guard/guard-provided.js';
import { rebuildSchema } from '../settings/rebuilt-schema.js';
import type { CallContext } from './host-services.js';
import type { ProvidedDescription } from './messages.js';
import { methods, type CallKind } from './methods.js';

/** Calls a method in the plugin's process. */
export type RemoteCall = (
  kind: CallKind,
  name: string,
  method: string,
  args: readonly unknown[],
  options: { readonly signal: AbortSignal | undefined; readonly context: CallContext; readonly deadlineMs: number },
) => Promise<unknown>;

/**
 * Objects that look like the plugin's own, each method of which goes to its process. `TrainedModel.predict`, the one function
 * that an answer may hold, stays behind: only the contract kit calls it.
 */
export function proxiesOf(description: ProvidedDescription, call: RemoteCall): Provided {
  const own = (kind: CallKind, { name, title, methods: has }: { name: string; title: string; methods: readonly string[] }) => ({
    name,
    title,
    ...Object.fromEntries(
      Object.keys(methods[kind])
        .filter((method) => has.includes(method))
        .map((method) => [method, remote(kind, name, method, call)]),
    ),
  });
  const checkTypes = (types: ProvidedDescription['validators'][number]['checkTypes']) =>
    types.map(({ kwargs, ...type }) => ({ ...type, kwargs: rebuildSchema(kwargs) }));
  const { modelTypes, featureStores, validators, notifiers, hasCheck } = description;
  const provided = {
    ...(modelTypes.length > 0 && {
      modelTypes: modelTypes.map(({ params, search, tasks, description: text, ...rest }) => ({
        ...own('model-type', rest),
        tasks,
        description: text,
        params: rebuildSchema(params),
        ...(search && { search }),
      })),
    }),
    ...(featureStores.length > 0 && { featureStores: featureStores.map((store) => own('feature-store', store)) }),
    ...(validators.length > 0 && {
      validators: validators.map((validator) => ({
        ...own('validator', validator),
        checkTypes: checkTypes(validator.checkTypes),
        ...(validator.modelCheckTypes && { modelCheckTypes: checkTypes(validator.modelCheckTypes) }),
      })),
    }),
    ...(notifiers.length > 0 && {
      notifiers: notifiers.map(({ target, ...rest }) => ({ ...own('notifier', rest), target: rebuildSchema(target) })),
    }),
    ...(hasCheck && { check: remote('plugin', '', 'check', call) }),
  };
  // The methods were made by name from the table of the API's own; the guard checks what they answer.
  return guardProvided(provided as Provided);
}

function remote(kind: CallKind, name: string, method: string, call: RemoteCall): (...args: readonly unknown[]) => Promise<unknown> {
  const { args: argumentKinds, deadlineMs } = methods[kind][method] ?? { args: [], deadlineMs: 0 };
  return (...args) => {
    let signal: AbortSignal | undefined;
    let report: TrainingReport | undefined;
    let table: TableReader | undefined;
    const sent = argumentKinds.map((argument, index) => {
      const value: unknown = args[index];
      // The rooms call these methods with the types that the API gives them.
      switch (argument) {
        case 'data':
          return value;
        case 'signal':
          signal = value as AbortSignal; // As above.
          return null;
        case 'report':
          report = value as TrainingReport; // As above.
          return null;
        case 'table':
          table = value as TableReader; // As above.
          return tableFacts(table);
        case 'facts': {
          const facts = value as { readonly test: TableReader | null }; // As above.
          table = facts.test ?? undefined;
          return { ...facts, test: facts.test && tableFacts(facts.test) };
        }
      }
    });
    return call(kind, name, method, sent, { signal, context: { report, table }, deadlineMs });
  };
}

function tableFacts({ columns, rowCount }: TableReader): Pick<TableReader, 'columns' | 'rowCount'> {
  return { columns, rowCount };
}
