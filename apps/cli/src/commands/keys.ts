import { scopePresets, type ScopePreset } from '@crisol/contracts';
import { textOption, type Command, type Run } from '../command.js';
import { UsageError } from '../exit-codes.js';
import { localAdmin } from './local-admin.js';

const isPreset = (text: string): text is ScopePreset => Object.hasOwn(scopePresets, text);

export const loginLink: Command = {
  name: 'login-link',
  synopsis: '',
  summary: 'Print a one-time sign-in link (on the machine that runs the server)',
  takes: 0,
  run: async ({ world, output }) => {
    const link = await localAdmin(world, ['login-link']);
    output.result({ link }, () => link);
    output.note('It works once, within an hour.');
  },
};

export const createKey: Command = {
  name: 'keys create',
  synopsis: '[--bootstrap] [--name NAME] [--preset predict|read|train|admin]',
  summary: 'Make an API key and print it once',
  help: [
    '--bootstrap  on the machine that runs the server, without a key; preset admin when none is given',
    '--name       name of the key',
    '--preset     what it may do (predict)',
    'With --quiet only the key is printed: export CRISOL_API_KEY=$(crisol keys create --bootstrap --quiet)',
  ],
  options: { bootstrap: { type: 'boolean' }, name: { type: 'string' }, preset: { type: 'string' } },
  takes: 0,
  run: async (run) => {
    const isBootstrap = run.values['bootstrap'] === true;
    const preset = textOption(run.values, 'preset') ?? (isBootstrap ? 'admin' : 'predict');
    if (!isPreset(preset)) throw new UsageError(`--preset is one of ${Object.keys(scopePresets).join(', ')}.`);
    const stamp = new Date().toISOString().replaceAll(/[-:.TZ]/g, '');
    const name = textOption(run.values, 'name') ?? `${isBootstrap ? 'bootstrap' : 'cli'}-${stamp}`;
    const secret = isBootstrap
      ? await localAdmin(run.world, ['bootstrap-key', name, '--preset', preset])
      : await created(run, name, preset);
    run.output.result({ name, preset, secret }, () => secret);
    run.output.note(`Key ${name} (${preset}). It is shown this once.`);
  },
};

async function created(run: Run, name: string, preset: ScopePreset): Promise<string> {
  return (await run.crisol().keys.create({ name, scopes: scopePresets[preset] }, { signal: run.signal })).secret;
}
