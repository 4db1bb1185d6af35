import { ConnectionError } from '@crisol/client';
import { PluginIsolation, PluginSettings, type PluginDetail, type PluginLogLine } from '@crisol/contracts';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { firstArgument, firstItems, listOption, textOption, type Command, type Run } from '../command.js';
import { ExitError, exitCodes, UsageError } from '../exit-codes.js';
import { facts, numberText } from '../output.js';
import { localAdmin } from './local-admin.js';

export const listPlugins: Command = {
  name: 'plugin ls',
  synopsis: '',
  summary: 'List plugins with their states',
  takes: 0,
  run: async ({ crisol, output, signal }) => {
    const plugins = await firstItems(crisol().plugins.list({ signal }));
    output.result(plugins, () =>
      output.table(
        ['ID', 'VERSION', 'STATE', 'RUNS', 'PROCESSES', 'SOURCE', 'MESSAGE'],
        plugins.map((plugin) => [
          plugin.id,
          plugin.version,
          plugin.state,
          plugin.isolation === 'isolated' ? 'isolated' : 'in process',
          `${plugin.processes.applied} of ${plugin.processes.total}`,
          plugin.source.type,
          plugin.message ?? '',
        ]),
      ),
    );
  },
};

export const showPlugin: Command = {
  name: 'plugin show',
  synopsis: 'PLUGIN',
  summary: 'Show a plugin: its state and what to do, what it may, what it brings, who uses it',
  takes: 1,
  run: async (run) => {
    const plugin = await run.crisol().plugins.get(firstArgument(run), { signal: run.signal });
    run.output.result(plugin, () => pluginText(plugin));
  },
};

export function pluginText(plugin: PluginDetail): string {
  const { permissions, calls } = plugin;
  return facts([
    ['id', plugin.id],
    ['version', plugin.version],
    ['source', `${plugin.source.type} ${plugin.source.location}`],
    ['state', `${plugin.state} since ${plugin.since}`],
    ...(plugin.message ? [['cause', `${plugin.code ?? ''} ${plugin.message}`.trim()] as const] : []),
    ...(plugin.fix ? [['what to do', plugin.fix] as const] : []),
    ['runs', plugin.isolation === 'isolated' ? 'isolated, in a process of its own' : 'in process, fully trusted'],
    ['processes', `${plugin.processes.applied} of ${plugin.processes.total} have applied it`],
    ['brings', plugin.provides.map(({ kind, name }) => `${kind} ${name}`).join(', ') || '–'],
    ['hosts', permissions.hosts.join(', ') || '–'],
    ['secrets', permissions.secrets.join(', ') || '–'],
    ['data sets', permissions.datasets.join(', ') || '–'],
    ['limits', `${permissions.memoryMb} MiB, ${permissions.cpus} CPU`],
    ['calls', `${calls.total} in 24 h, ${calls.errors} failed, median ${numberText(calls.p50Ms)} ms`],
    ['used by', plugin.usedBy.map(({ kind, name }) => `${kind} ${name}`).join(', ') || '–'],
  ]);
}

export const uninstallPlugin: Command = {
  name: 'plugin uninstall',
  synopsis: 'PLUGIN [--force]',
  summary: 'Remove an installed plugin and all that it kept; its history stays',
  help: ['--force  also when something uses it'],
  options: { force: { type: 'boolean' } },
  takes: 1,
  run: async (run) => {
    const id = firstArgument(run);
    await run.crisol().plugins.uninstall(id, { force: run.values['force'] === true, signal: run.signal });
    run.output.result({ id, uninstalled: true }, () => `${id} is uninstalled.`);
  },
};

export const enablePlugin: Command = {
  name: 'plugin enable',
  synopsis: 'PLUGIN',
  summary: 'Enable a plugin, or give a failed one another try',
  takes: 1,
  run: async (run) => {
    const plugin = await run.crisol().plugins.enable(firstArgument(run), { signal: run.signal });
    run.output.result(plugin, () => stateLine(plugin));
    checkRuns(plugin);
  },
};

export const disablePlugin: Command = {
  name: 'plugin disable',
  synopsis: 'PLUGIN',
  summary: 'Disable a plugin; while the server is down, its next start applies it before it loads any plugin',
  takes: 1,
  run: async (run) => {
    const id = firstArgument(run);
    if (run.values['curl'] !== true && !(await serverAnswers(run))) return disableOffline(run, id);
    const plugin = await run.crisol().plugins.disable(id, { signal: run.signal });
    run.output.result(plugin, () => stateLine(plugin));
  },
};

/** Asked without a key: whoever cannot start the server may not have one at hand. */
async function serverAnswers({ url, world, signal }: Run): Promise<boolean> {
  const request = world.fetch ?? globalThis.fetch;
  return request(`${url}/healthz`, { signal: AbortSignal.any([signal, AbortSignal.timeout(5_000)]) }).then(
    () => true,
    () => false,
  );
}

async function disableOffline(run: Run, id: string): Promise<void> {
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(id)) throw new UsageError(`${id} is no id of a plugin, such as notifier-webhook.`);
  const host = new URL(run.url).hostname;
  if (!['127.0.0.1', 'localhost', '[::1]'].includes(host))
    throw new ConnectionError(`${run.url} does not answer. Run this on the machine of the server, with its CRISOL_DATA`);
  // What the server's own program prints about its settings.
  const { dataFolder } = JSON.parse(await localAdmin(run.world, ['config'])) as { dataFolder: string };
  const folder = join(dataFolder, 'plugins');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeFile(join(folder, `disabled-${id}`), '', { mode: 0o600 });
  run.output.result(
    { id, disabled: 'at the next start' },
    () => `The server is down. Its next start disables ${id} before it loads any plugin.`,
  );
}

export const pluginSettings: Command = {
  name: 'plugin settings',
  synopsis: 'PLUGIN [--set NAME=VALUE …] [--unset NAME …] [--file JSON]',
  summary: 'Show the settings of a plugin, or change them without a restart',
  help: [
    '--set NAME=VALUE  a value as JSON, else as text; secrets too',
    '--unset NAME      back to its default; a secret is removed',
    '--file FILE       all settings as JSON in place of the present ones; - reads stdin. Secrets left out stay',
  ],
  options: { set: { type: 'string', multiple: true }, unset: { type: 'string', multiple: true }, file: { type: 'string' } },
  takes: 1,
  run: async (run) => {
    const id = firstArgument(run);
    const plugin = await run.crisol().plugins.get(id, { signal: run.signal });
    const [set, unset, file] = [listOption(run.values, 'set'), listOption(run.values, 'unset'), textOption(run.values, 'file')];
    if (set.length + unset.length === 0 && file === undefined) return showSettings(run, plugin);
    const settings: Record<string, unknown> = file === undefined ? { ...plugin.settings } : await settingsOf(run, file);
    for (const name of unset) {
      if (plugin.settingsSecretsSet.includes(name)) settings[name] = null;
      else delete settings[name];
    }
    for (const pair of set) {
      const at = pair.indexOf('=');
      if (at < 1) throw new UsageError(`--set takes NAME=VALUE, not ${pair}.`);
      settings[pair.slice(0, at)] = valueOf(pair.slice(at + 1));
    }
    const changed = await run.crisol().plugins.putSettings(id, PluginSettings.parse(settings), plugin.revision, { signal: run.signal });
    showSettings(run, changed);
    checkRuns(changed);
  },
};

function showSettings({ output }: Run, plugin: PluginDetail): void {
  const { settings, settingsSecretsSet } = plugin;
  output.result({ settings, settingsSecretsSet }, () => {
    const open = Object.entries(settings).map(
      ([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)] as const,
    );
    return (
      facts([...open, ...settingsSecretsSet.map((name) => [name, '(secret, set)'] as const)]) || 'No setting differs from its default.'
    );
  });
}

async function settingsOf({ world }: Run, file: string): Promise<Record<string, unknown>> {
  const text = file === '-' ? await world.readStdin() : await readFile(file, 'utf8');
  const settings = PluginSettings.safeParse(valueOf(text));
  if (!settings.success) throw new UsageError(`${file} holds no JSON object.`);
  return { ...settings.data };
}

function valueOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

export const isolatePlugin: Command = {
  name: 'plugin isolation',
  synopsis: 'PLUGIN isolated|in-process',
  summary: 'Run a plugin in a process of its own, or in those of the server',
  takes: 2,
  run: async (run) => {
    const mode = PluginIsolation.safeParse(run.arguments[1]?.replace('-', '_'));
    if (!mode.success) throw new UsageError(`It is isolated or in-process, not ${run.arguments[1] ?? ''}.`);
    const plugin = await run.crisol().plugins.setIsolation(firstArgument(run), mode.data, { signal: run.signal });
    run.output.result(plugin, () => stateLine(plugin));
    for (const { name, contained, how } of mode.data === 'isolated' ? plugin.containment.facts : [])
      run.output.note(`${contained ? 'contained' : 'NOT contained'}: ${name}. ${how}`);
    checkRuns(plugin);
  },
};

export const pluginLogs: Command = {
  name: 'plugin logs',
  synopsis: 'PLUGIN [--follow] [--limit N] [--level LEVEL]',
  summary: 'Print the last lines that a plugin logged',
  help: [
    '--follow, -f  and those to come',
    '--limit N     at most so many of the past (200)',
    '--level       the least level: debug, info, warn, error',
  ],
  options: { follow: { type: 'boolean', short: 'f' }, limit: { type: 'string' }, level: { type: 'string' } },
  takes: 1,
  run: async (run) => {
    const id = firstArgument(run);
    const level = levelOf(textOption(run.values, 'level'));
    const limit = Number(textOption(run.values, 'limit') ?? 200);
    if (!Number.isInteger(limit) || limit < 1 || limit > 1_000) throw new UsageError('--limit is a number from 1 to 1000.');
    const ask = (after: number | undefined) =>
      run.crisol().plugins.logs(id, {
        limit: after === undefined ? limit : 1_000,
        signal: run.signal,
        ...(level ? { level } : {}),
        ...(after === undefined ? {} : { after }),
      });
    for (let after: number | undefined; ;) {
      const lines = await ask(after);
      for (const line of lines) run.output.line(line, `${line.at} ${line.level.padEnd(5)} ${line.message}`);
      after = lines.at(-1)?.id ?? after ?? 0;
      if (run.values['follow'] !== true) return;
      await delay(1_000, undefined, { signal: run.signal });
    }
  },
};

const levels: readonly PluginLogLine['level'][] = ['debug', 'info', 'warn', 'error'];
function levelOf(text: string | undefined): PluginLogLine['level'] | undefined {
  const level = levels.find((one) => one === text);
  if (text !== undefined && level === undefined) throw new UsageError(`--level is one of ${levels.join(', ')}.`);
  return level;
}

export function stateLine(plugin: PluginDetail): string {
  const { applied, total } = plugin.processes;
  const head = `${plugin.id} ${plugin.version} is ${plugin.state} (${applied} of ${total} processes)`;
  return [`${head}${plugin.message ? `: ${plugin.message}` : ''}`, ...(plugin.fix ? [plugin.fix] : [])].join('\n');
}

/** Somebody asked for it to run. */
export function checkRuns({ id, state }: PluginDetail): void {
  if (['failed', 'quarantined', 'misconfigured', 'incompatible'].includes(state))
    throw new ExitError(exitCodes.error, `${id} does not run.`);
}
