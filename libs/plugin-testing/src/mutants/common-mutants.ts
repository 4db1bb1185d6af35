import {
  Artifacts,
  Background,
  Commands,
  PluginError,
  type Plugin,
  type PluginBackground,
  type PluginArtifacts,
  type Provided,
} from '@crisol/plugin-api';
import { z } from 'zod';
import type { PluginSubject } from '../kits/common.js';
import type { Mutant } from './mutant.js';

/** A whole plugin that is broken in a way that any kind can be. */
export type SubjectMutant = Mutant<PluginSubject>;

const withPlugin = (subject: PluginSubject, changes: Partial<Plugin>): PluginSubject => ({
  ...subject,
  plugin: { ...subject.plugin, ...changes },
});
const withProvided = (subject: PluginSubject, change: (provided: Provided) => Provided): PluginSubject =>
  withPlugin(subject, { setup: (context) => change(subject.plugin.setup(context)) });
// The mutants name refs that the reference has; the context has no types here.
const artifacts = (context: Readonly<Record<string, unknown>>): PluginArtifacts => context['artifacts'] as PluginArtifacts;
// The same.
const background = (context: Readonly<Record<string, unknown>>): PluginBackground => context['background'] as PluginBackground;

/** Renames the first thing that a plugin brings. */
function renamed(provided: Provided, changes: { readonly name?: string; readonly title?: string }): Provided {
  const first = <T>(list: readonly T[] | undefined): T[] | undefined => list?.map((one, i) => (i === 0 ? { ...one, ...changes } : one));
  return {
    ...provided,
    modelTypes: first(provided.modelTypes),
    featureStores: first(provided.featureStores),
    validators: first(provided.validators),
    notifiers: first(provided.notifiers),
  };
}

/** Starts a timer that nobody ends. */
function leaking(provided: Provided): Provided {
  leaked.push(setInterval(() => undefined, 60_000));
  return provided;
}
const leaked: NodeJS.Timeout[] = [];
/** Ends what the leaking mutant left, so that the test's own process can end. */
export function endLeaks(): void {
  for (const timer of leaked.splice(0)) clearInterval(timer);
}

export const commonMutants: readonly SubjectMutant[] = [
  {
    name: 'has another id than its manifest',
    failedBy: 'brings exactly the kinds that its manifest declares, under its own id',
    change: (subject) => withPlugin(subject, { id: 'somebody-else' }),
  },
  {
    name: 'declares a kind that it does not bring',
    failedBy: 'brings exactly the kinds that its manifest declares, under its own id',
    change: (subject) => ({
      ...subject,
      manifest: { ...subject.manifest, kinds: ['model-type', 'feature-store', 'validator', 'notifier'] },
    }),
  },
  {
    name: 'has a name with spaces',
    failedBy: 'gives what it brings a kebab-case name of its own and a title',
    change: (subject) => withProvided(subject, (provided) => renamed(provided, { name: 'My Reference' })),
  },
  {
    name: 'has no title',
    failedBy: 'gives what it brings a kebab-case name of its own and a title',
    change: (subject) => withProvided(subject, (provided) => renamed(provided, { title: ' ' })),
  },
  {
    name: 'was written for a later major of the API',
    failedBy: 'is written for a range of the plugin API that holds this version',
    change: (subject) => ({ ...subject, manifest: { ...subject.manifest, api: '^2.0' } }),
  },
  {
    name: 'calls hosts that its manifest does not name',
    failedBy: 'asks in its manifest for what its code needs, and for no right that it does not use',
    change: (subject) => ({
      ...subject,
      manifest: { ...subject.manifest, permissions: { ...subject.manifest.permissions, hosts: [] } },
    }),
  },
  {
    name: 'runs commands without the permission',
    failedBy: 'asks in its manifest for what its code needs, and for no right that it does not use',
    change: (subject) => withPlugin(subject, { uses: { ...subject.plugin.uses, commands: Commands } }),
  },
  {
    name: 'asks for a database that it never uses',
    failedBy: 'asks in its manifest for what its code needs, and for no right that it does not use',
    change: (subject) => ({
      ...subject,
      manifest: { ...subject.manifest, permissions: { ...subject.manifest.permissions, database: true } },
    }),
  },
  {
    name: 'has a secret setting that its manifest hides',
    failedBy: 'asks in its manifest for what its code needs, and for no right that it does not use',
    change: (subject) =>
      withPlugin(subject, {
        settings: z.strictObject({
          health: z.url().default('https://service.example.com/health'),
          token: z
            .string()
            .default('')
            .meta({ 'x-ui': { secret: true } }),
        }),
      }),
  },
  {
    name: 'takes settings that nobody knows',
    failedBy: 'has settings that refuse unknown keys and export as JSON Schema',
    change: (subject) =>
      withPlugin(subject, { settings: z.looseObject({ health: z.url().default('https://service.example.com/health') }) }),
  },
  {
    name: 'has a setting that no form can show',
    failedBy: 'has settings that refuse unknown keys and export as JSON Schema',
    change: (subject) =>
      withPlugin(subject, {
        settings: z.strictObject({ health: z.url().default('https://service.example.com/health'), since: z.date().default(new Date(0)) }),
      }),
  },
  {
    name: 'shows an example that its settings refuse',
    failedBy: 'has settings that take their own examples',
    change: (subject) =>
      withPlugin(subject, {
        settings: z.strictObject({
          health: z
            .url()
            .default('https://service.example.com/health')
            .meta({ examples: ['not a url'] }),
        }),
      }),
  },
  {
    name: 'calls the other side in setup',
    failedBy: 'only wires in setup: no call leaves it',
    change: (subject) =>
      withPlugin(subject, {
        uses: { ...subject.plugin.uses, artifacts: Artifacts },
        setup: (context) => {
          void artifacts(context).put('started', new Uint8Array());
          return subject.plugin.setup(context);
        },
      }),
  },
  {
    name: 'is content with a broken other side',
    failedBy: 'says in its check whether the other side answers',
    change: (subject) => withProvided(subject, (provided) => ({ ...provided, check: () => Promise.resolve({ message: 'All is well.' }) })),
  },
  {
    name: 'throws a string in its check',
    failedBy: 'says in its check whether the other side answers',
    change: (subject) =>
      withProvided(subject, (provided) => ({
        ...provided,
        check: async (signal) =>
          provided.check?.(signal).catch((error: Error) => Promise.reject(error.message)) ??
          Promise.reject(new PluginError('internal', 'No check.')),
      })),
  },
  {
    name: 'throws when it is disposed again',
    failedBy: 'lets two instances live side by side, and dispose twice does nothing',
    change: (subject) =>
      withProvided(subject, (provided) => {
        let disposed = false;
        return {
          ...provided,
          dispose: () => {
            if (disposed) throw new TypeError('The pool is closed.');
            disposed = true;
          },
        };
      }),
  },
  {
    name: 'leaks a timer',
    failedBy: 'leaves no timer, socket or child behind when it is disposed',
    change: (subject) => withProvided(subject, leaking),
  },
  {
    name: 'never ends what it does in the background',
    failedBy: 'ends its background tasks within a second of being told to',
    change: (subject) =>
      withPlugin(subject, {
        uses: { ...subject.plugin.uses, background: Background },
        setup: (context) => {
          background(context).run('poll', () => new Promise(() => undefined));
          return subject.plugin.setup(context);
        },
      }),
  },
];
