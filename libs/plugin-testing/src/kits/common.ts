import {
  Commands,
  Datasets,
  HttpClient,
  OwnDatabase,
  pluginApiVersion,
  satisfiesRange,
  secretFields,
  Secrets,
  type Plugin,
  type PluginManifest,
  type Provided,
} from '@crisol/plugin-api';
import { z } from 'zod';
import { ensure, pause, thrownBy, within, type ContractCase } from '../contract.js';
import { makeFakes, type Fakes } from '../fakes/fake-refs.js';
import { createPluginHarness, type PluginHarness } from '../plugin-harness.js';
import { ensureExamplesFit, ensurePluginError, ensureStrictSchema, inWords } from './compare.js';

/** How the other side is when a plugin is tried. @public @since 1.1 */
export interface Situation {
  /** Settings instead of the subject's. */
  readonly settings?: unknown;
  /** Sets the fakes, such as `({ http }) => { http.answer = 'unreachable' }`. */
  prepare?(fakes: Fakes): void | Promise<void>;
}
/** What every kind of subject has. @public @since 1.0 */
export interface PluginSubject {
  readonly plugin: Plugin;
  /** The `crisol` field of the package.json. */
  readonly manifest: PluginManifest;
  /** Settings with which the plugin can start; none when the schema's defaults do. */
  readonly settings?: unknown;
  /** What stands for a ref instead of its fake, by the id of the ref, such as a real database. @since 1.1 */
  readonly refs?: Readonly<Record<string, unknown>>;
  /** The other side as it should be. @since 1.1 */
  readonly healthy?: Situation;
  /** The other side when `check` must complain; for the capability `check`. @since 1.1 */
  readonly broken?: Situation;
}

const listOf: Readonly<Record<PluginManifest['kinds'][number], (provided: Provided) => readonly { name: string; title: string }[]>> = {
  'model-type': (provided) => provided.modelTypes ?? [],
  'feature-store': (provided) => provided.featureStores ?? [],
  validator: (provided) => provided.validators ?? [],
  notifier: (provided) => provided.notifiers ?? [],
};

/** Starts a subject's plugin, in a situation when one is given. */
export function start(subject: PluginSubject, situation?: Situation, fakes?: Fakes): PluginHarness {
  return createPluginHarness(subject.plugin, { settings: situation?.settings ?? subject.settings, refs: subject.refs, fakes });
}
const never = (): AbortSignal => new AbortController().signal;
const settingsOf = (subject: PluginSubject): Record<string, unknown> => z.record(z.string(), z.unknown()).parse(subject.settings ?? {});

/** Resources that keep a process alive; which of them a plugin leaves behind is counted. */
const heldKinds = [
  'Timeout',
  'TCPSocketWrap',
  'TCPServerWrap',
  'TLSWrap',
  'PipeWrap',
  'ProcessWrap',
  'UDPWrap',
  'FSEventWrap',
  'MessagePort',
  'Worker',
];
function heldNow(): Map<string, number> {
  const counts = new Map<string, number>();
  for (const kind of process.getActiveResourcesInfo()) if (heldKinds.includes(kind)) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return counts;
}
/** One more or less is the doing of somebody else, such as the test runner; a leak grows with each life. */
const LIVES = 3;
const grown = (before: ReadonlyMap<string, number>): string[] =>
  [...heldNow()].filter(([kind, n]) => n - (before.get(kind) ?? 0) >= LIVES - 1).map(([kind]) => kind);

async function patiently(reached: () => boolean): Promise<boolean> {
  for (let tries = 0; tries < 50; tries++) {
    if (reached()) return true;
    await pause(20);
  }
  return reached();
}

/**
 * The cases that every kind shares. Capability `check`: the plugin has a `check` and the subject a `broken` situation.
 * @param use - one ordinary call, so that whatever the plugin opens on first use is open
 */
export function commonCases<Subject extends PluginSubject>(
  use: (provided: Provided, subject: Subject) => Promise<unknown>,
): ContractCase<Subject>[] {
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
      name: 'gives what it brings a kebab-case name of its own and a title',
      async run(subject) {
        const { provided } = start(subject);
        for (const list of Object.values(listOf)) {
          const names = list(provided).map(({ name }) => name);
          for (const { name, title } of list(provided)) {
            ensure(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name), `The name "${name}" is not kebab-case, such as gradient-boosting.`);
            ensure(names.filter((one) => one === name).length === 1, `Two things of one kind are called ${name}.`);
            ensure(title.trim() !== '', `${name} has no title for people.`);
          }
        }
      },
    },
    {
      name: 'is written for a range of the plugin API that holds this version',
      async run({ manifest }) {
        ensure(
          satisfiesRange(pluginApiVersion, manifest.api),
          `The manifest asks for plugin API "${manifest.api}", which does not hold ${pluginApiVersion}: write "^${pluginApiVersion.split('.').slice(0, 2).join('.')}".`,
        );
      },
    },
    {
      name: 'asks in its manifest for what its code needs, and for no right that it does not use',
      async run({ plugin, manifest: { permissions } }) {
        const used = new Set(Object.values(plugin.uses).map(({ id }) => id));
        const rights = [
          { ref: HttpClient, has: permissions.hosts.length > 0, say: 'permissions.hosts names no host', mayStand: true },
          { ref: Secrets, has: permissions.secrets.length > 0, say: 'permissions.secrets names no secret', mayStand: true },
          { ref: Datasets, has: permissions.datasets.length > 0, say: 'permissions.datasets names no data set', mayStand: false },
          { ref: Commands, has: permissions.commands, say: 'permissions.commands is not set', mayStand: false },
          { ref: OwnDatabase, has: permissions.database, say: 'permissions.database is not set', mayStand: false },
        ];
        for (const { ref, has, say, mayStand } of rights) {
          ensure(has || !used.has(ref.id), `The code uses ${ref.id}, but ${say} in the manifest: every call would be refused.`);
          ensure(mayStand || !has || used.has(ref.id), `The manifest asks for a right that the code never uses: it has no ${ref.id}.`);
        }
        for (const name of secretFields(plugin.settings))
          ensure(permissions.secrets.includes(name), `The setting ${name} is a secret that permissions.secrets does not name.`);
      },
    },
    {
      name: 'has settings that refuse unknown keys and export as JSON Schema',
      async run(subject) {
        const given = settingsOf(subject);
        ensure(subject.plugin.settings.safeParse(given).success, 'The settings of the subject do not fit its own schema.');
        ensureStrictSchema(subject.plugin.settings, given, 'The settings');
      },
    },
    {
      name: 'has settings that take their own examples',
      async run(subject) {
        ensureExamplesFit(subject.plugin.settings, settingsOf(subject), 'The settings');
      },
    },
    {
      name: 'only wires in setup: no call leaves it',
      async run(subject) {
        const { fakes, provided } = start(subject);
        const calls =
          fakes.http.requests.length + fakes.commands.requests.length + fakes.database.statements.length + fakes.artifacts.files.size;
        ensure(
          typeof Reflect.get(provided, 'then') !== 'function',
          'setup gives a promise: it must wire at once and leave the waiting to the calls.',
        );
        ensure(calls === 0, 'setup calls the other side: input and output belong to check and to the calls.');
      },
    },
    {
      name: 'says in its check whether the other side answers',
      needs: 'check',
      async run(subject) {
        const well = start(subject, subject.healthy);
        await subject.healthy?.prepare?.(well.fakes);
        ensure(well.provided.check !== undefined, 'It has no check.');
        const { message } = await well.provided.check(never());
        ensure(
          typeof message === 'string' && message.trim() !== '',
          'A good check says nothing: give a message such as "It answered in 12 ms".',
        );
        ensure(subject.broken !== undefined, 'The subject has no broken situation.');
        const ill = start(subject, subject.broken);
        await subject.broken.prepare?.(ill.fakes);
        const thrown = await thrownBy(() => ill.provided.check?.(never()), 'The check is content although the other side is broken.');
        ensurePluginError(thrown, ['retry', 'rejected', 'invalid_input', 'refused_address'], 'When the other side is broken');
        await well.provided.dispose?.();
        await ill.provided.dispose?.();
      },
    },
    {
      name: 'lets two instances live side by side, and dispose twice does nothing',
      async run(subject) {
        const [one, two] = [start(subject).provided, start(subject).provided];
        ensure(one !== two, 'setup gave the same object twice: it keeps state in the module.');
        for (const [again, provided] of [
          ['', one],
          [' a second time', one],
          ['', two],
        ] as const) {
          try {
            await provided.dispose?.();
          } catch (error) {
            ensure(false, `dispose called${again} throws ${inWords(error)}`);
          }
        }
      },
    },
    {
      name: 'leaves no timer, socket or child behind when it is disposed',
      async run(subject) {
        const live = async (): Promise<void> => {
          const { provided, fakes } = start(subject, subject.healthy);
          await subject.healthy?.prepare?.(fakes);
          // A failure of the call itself is the matter of another case.
          await use(provided, subject).catch(() => undefined);
          // A task that does not end is the matter of another case.
          await Promise.race([fakes.background.end(), pause(200)]);
          await provided.dispose?.();
        };
        // The first life pays for what is made once, such as a pool of the test's own.
        await live();
        await pause(20);
        const before = heldNow();
        for (let life = 0; life < LIVES; life++) await live();
        await patiently(() => grown(before).length === 0);
        ensure(
          grown(before).length === 0,
          `After dispose it still holds: ${grown(before).join(', ')}. End in dispose what setup and the calls started.`,
        );
      },
    },
    {
      name: 'ends its background tasks within a second of being told to',
      async run(subject) {
        const fakes = makeFakes();
        const { provided } = start(subject, undefined, fakes);
        await pause(0);
        await within(1_000, 'A background task goes on for more than a second after its signal: look at the signal in each round.', () =>
          fakes.background.end(),
        );
        await provided.dispose?.();
      },
    },
  ];
}
