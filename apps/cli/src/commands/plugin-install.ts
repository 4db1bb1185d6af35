import type { PluginInstall, StartPluginInstall } from '@crisol/contracts';
import { readFile, stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { firstArgument, textOption, type Command, type Run } from '../command.js';
import { ExitError, exitCodes, UsageError } from '../exit-codes.js';
import { bytesText, facts } from '../output.js';
import { checkRuns, stateLine } from './plugins.js';

const options = { yes: { type: 'boolean', short: 'y' }, 'in-process': { type: 'boolean' } } as const;
const help = [
  '--yes, -y      grant the permissions without being asked',
  '--in-process   fully trusted, in the processes of the server; isolated when not given',
];

export const installPlugin: Command = {
  name: 'plugin install',
  synopsis: 'FILE.tgz|FOLDER|NAME@VERSION [--yes] [--in-process]',
  summary: 'Install a plugin: shows what it is and may before anything of it runs',
  help,
  options,
  takes: 1,
  run: async (run) => finish(run, await started(run, firstArgument(run))),
};

export const updatePlugin: Command = {
  name: 'plugin update',
  synopsis: 'PLUGIN [--to VERSION] [--yes]',
  summary: 'Fetch a plugin again from where it came, and let it run when it is healthy; else the old version goes on',
  help: ['--to VERSION   of a plugin from a registry (latest)', '--yes, -y      grant wider permissions without being asked'],
  options: { yes: options.yes, to: { type: 'string' } },
  takes: 1,
  run: async (run) => {
    const { id, source, package: from } = await run.crisol().plugins.get(firstArgument(run), { signal: run.signal });
    const call = { signal: run.signal };
    if (source.type === 'npm' && from) {
      const version = textOption(run.values, 'to') ?? 'latest';
      return finish(run, await run.crisol().plugins.install({ type: 'npm', name: from.name, version }, call));
    }
    if (source.type === 'folder' && from)
      return finish(run, await run.crisol().plugins.install({ type: 'folder', path: source.location }, call));
    throw new UsageError(
      from
        ? `${id} came as a file: give the new one to "crisol plugin install".`
        : `${id} is named in plugins.yaml (${source.location}): put the new version there and restart.`,
    );
  },
};

async function started(run: Run, target: string): Promise<PluginInstall> {
  const found = await stat(target).catch(() => undefined);
  const { plugins } = run.crisol();
  const call = { signal: run.signal };
  if (found?.isFile()) return plugins.install(new File([await readFile(target)], basename(target)), call);
  if (found?.isDirectory()) {
    const host = new URL(run.url).hostname;
    if (!['127.0.0.1', 'localhost', '[::1]'].includes(host))
      throw new UsageError(`The server is on another machine (${host}): run "crisol plugin pack" in ${target}, and install the .tgz.`);
    return plugins.install({ type: 'folder', path: resolve(target) }, call);
  }
  const source = registrySource(target);
  if (!source) throw new UsageError(`${target} is no file and no folder here, and no NAME@VERSION such as crisol-plugin-teams@1.2.0.`);
  return plugins.install(source, call);
}

function registrySource(target: string): StartPluginInstall['source'] | undefined {
  const match = /^((?:@[a-z0-9][a-z0-9._~-]*\/)?[a-z0-9][a-z0-9._~-]*)@([0-9A-Za-z][0-9A-Za-z.+-]*)$/.exec(target);
  return match?.[1] && match[2] ? { type: 'npm', name: match[1], version: match[2] } : undefined;
}

/** Waits for what the server sees, shows it, asks, and lets it run. */
async function finish(run: Run, { id }: PluginInstall): Promise<void> {
  const { output, signal } = run;
  const { plugins } = run.crisol();
  const install = await plugins.staged(id, { signal, onLine: (line) => output.note(`  ${line}`) });
  for (const { message, blocking } of install.problems) output.note(`${blocking ? '✗' : '•'} ${message}`);
  if (install.state !== 'staged' || install.permissions === null || install.pluginId === null)
    throw new ExitError(
      exitCodes.error,
      `It cannot be installed (${install.problems.map(({ code }) => code).join(', ') || install.state}).`,
    );
  output.note(installText(install));
  if (install.needsConfirmation) {
    const refusal = await askedFor(run);
    if (refusal) {
      await plugins.discard(id, { signal });
      throw refusal;
    }
  }
  const isolation = run.values['in-process'] === true ? { isolation: 'in_process' as const } : {};
  await plugins.confirm(id, { permissions: install.permissions, ...isolation }, { signal });
  const plugin = await plugins.get(install.pluginId, { signal });
  output.result(plugin, () => stateLine(plugin));
  checkRuns(plugin);
}

/** Why not, unless somebody grants it. */
async function askedFor({ values, world }: Run): Promise<Error | undefined> {
  if (values['yes'] === true) return undefined;
  if (!world.ask) return new UsageError('Nobody is at the terminal to be asked: look at the permissions above, then give --yes.');
  const answer = await world.ask('Grant these permissions and install? [y/N] ');
  return /^y(es)?$/i.test(answer.trim()) ? undefined : new ExitError(exitCodes.error, 'Nothing was installed.');
}

function installText(install: PluginInstall): string {
  const { permissions } = install;
  const changed = new Map(install.permissionChanges.filter(({ widened }) => widened).map((change) => [change.permission, change]));
  const isUpdate = install.previousVersion !== null;
  const line = (title: string, name: string, value: string) =>
    [title, `${value}${isUpdate && changed.has(name) ? '   (more than before)' : ''}`] as const;
  return facts([
    ['plugin', `${install.pluginId ?? ''} ${install.version ?? ''}${isUpdate ? ` (runs now: ${install.previousVersion ?? ''})` : ''}`],
    ['package', `${install.packageName ?? ''}, ${install.files ?? 0} files, ${bytesText(install.sizeBytes ?? 0)}`],
    ['SHA-512', install.sha512 ?? ''],
    ['comes with', install.dependencies.join(', ') || 'nothing else'],
    ...(permissions
      ? [
          line('may reach', 'hosts', permissions.hosts.join(', ') || 'no host'),
          line('secrets', 'secrets', permissions.secrets.join(', ') || 'none'),
          line('data sets', 'datasets', permissions.datasets.join(', ') || 'none'),
          line('programs', 'commands', permissions.commands ? 'runs programs of the machine inside jobs' : 'none'),
          line('database', 'database', permissions.database ? 'a schema of its own (in process only)' : 'none'),
          line('memory', 'memoryMb', `${permissions.memoryMb} MiB`),
          line('processors', 'cpus', String(permissions.cpus)),
        ]
      : []),
  ]);
}
