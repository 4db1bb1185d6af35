import { isPluginError, type Plugin, type PluginManifest, type Provided } from '@crisol/plugin-api';
import { z } from 'zod';
import { ensure, type ContractCase } from '../contract.js';
import { createPluginHarness, type PluginHarness } from '../plugin-harness.js';

/** What every kind of subject has. @public @since 1.0 */
export interface PluginSubject {
  readonly plugin: Plugin;
  /** The `crisol` field of the package.json. */
  readonly manifest: PluginManifest;
  /** Settings with which the plugin can start; none when the schema's defaults do. */
  readonly settings?: unknown;
}

const listOf: Readonly<Record<PluginManifest['kinds'][number], (provided: Provided) => readonly unknown[]>> = {
  'model-type': (provided) => provided.modelTypes ?? [],
  'feature-store': (provided) => provided.featureStores ?? [],
  validator: (provided) => provided.validators ?? [],
  notifier: (provided) => provided.notifiers ?? [],
};

export function start(subject: PluginSubject): PluginHarness {
  return createPluginHarness(subject.plugin, { settings: subject.settings });
}

/** The cases that every kind shares. */
export function commonCases<Subject extends PluginSubject>(): ContractCase<Subject>[] {
  return [
    {
      name: 'brings exactly the kinds that its manifest declares, under its own id',
      async run(subject) {
        const { provided } = start(subject);
        ensure(subject.plugin.id === subject.manifest.id, `The code is called ${subject.plugin.id}, the manifest ${subject.manifest.id}.`);
        for (const [kind, list] of Object.entries(listOf)) {
          const declared = subject.manifest.kinds.some((one) => one === kind);
          ensure(
            list(provided).length > 0 === declared,
            `The manifest ${declared ? 'declares' : 'does not declare'} ${kind}, the code says otherwise.`,
          );
        }
      },
    },
    {
      name: 'has settings that refuse unknown keys and export as JSON Schema',
      async run({ plugin, settings }) {
        const given = z.record(z.string(), z.unknown()).parse(settings ?? {});
        ensure(plugin.settings.safeParse(given).success, 'The settings of the subject do not fit its own schema.');
        ensure(
          !plugin.settings.safeParse({ ...given, 'no such setting': 1 }).success,
          'The settings take an unknown key: use z.strictObject.',
        );
        z.toJSONSchema(plugin.settings, { io: 'input' });
      },
    },
    {
      name: 'lets two instances live side by side, and dispose twice does nothing',
      async run(subject) {
        const [one, two] = [start(subject).provided, start(subject).provided];
        ensure(one !== two, 'setup gave the same object twice: it keeps state in the module.');
        await one.dispose?.();
        await one.dispose?.();
        await two.dispose?.();
      },
    },
  ];
}

/** Fails when `value` is changed by `work`. */
export async function unchanged<T>(value: T, wrong: string, work: () => Promise<unknown>): Promise<void> {
  const before = structuredClone(value);
  await work();
  ensure(same(before, value), wrong);
}

/** Deep equality of plain data and typed arrays, NaN equal to itself. */
export function same(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  return keys.every((key) => same(Reflect.get(a, key), Reflect.get(b, key)));
}

/** Fails when what was thrown is not a `PluginError` with one of the codes. */
export function ensurePluginError(thrown: unknown, codes: readonly string[], when: string): void {
  const words = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : `${typeof thrown} ${String(thrown)}`;
  ensure(isPluginError(thrown), `${when} it must throw a PluginError; it threw ${words}`);
  ensure(codes.includes(thrown.code), `${when} the code must be ${codes.join(' or ')}; it is ${thrown.code}.`);
}
