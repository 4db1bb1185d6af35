import { existsSync, statSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { join, resolve } from 'node:path';
import type { Command, Run } from '../command.js';
import { ExitError, exitCodes } from '../exit-codes.js';

const root = resolve(import.meta.dirname, '..', '..', '..', '..');
/** The tool that comes with plugin-testing; a plugin made by the scaffolder has it among its own packages. */
const tool = join(root, 'libs', 'plugin-testing', 'dist', 'command', 'main.js');
const scaffolder = join(root, 'apps', 'create-crisol-plugin', 'dist', 'main.js');

/** Runs a program of ours at this terminal, and ends with its code. */
async function hand(program: string, args: readonly string[], folder: string): Promise<void> {
  if (!existsSync(program)) throw new ExitError(exitCodes.error, 'That part of Crisol is not built here. Run "npm run build".');
  const child = spawn(process.execPath, [program, ...args], { cwd: folder, stdio: 'inherit' });
  const code = await new Promise<number>((done) => {
    child.once('error', () => done(1));
    child.once('close', (ended) => done(ended ?? 1));
  });
  if (code !== 0) throw new ExitError(code, '');
}

const isFolder = (path: string): boolean => existsSync(path) && statSync(path).isDirectory();
const folderOf = ({ arguments: [folder = '.'] }: Run): string => {
  if (!isFolder(folder)) throw new ExitError(exitCodes.notFound, `There is no folder ${folder}.`);
  return resolve(folder);
};

const newPlugin: Command = {
  name: 'plugin new',
  synopsis: '[NAME] [--kind model-type|feature-store|validator|notifier] [--yes]',
  summary: 'Write a new plugin that runs, with its tests',
  options: { kind: { type: 'string' }, yes: { type: 'boolean', short: 'y' } },
  takes: 1,
  lastIsOptional: true,
  run: async ({ arguments: [name], values }) => {
    const args = [
      ...(name === undefined ? [] : ['--name', name]),
      ...(typeof values['kind'] === 'string' ? ['--kind', values['kind']] : []),
      ...(values['yes'] === true ? ['--yes'] : []),
    ];
    await hand(scaffolder, args, process.cwd());
  },
};

const checkPlugin: Command = {
  name: 'plugin check',
  synopsis: '[FOLDER|PLUGIN]',
  summary: 'Look at the folder of a plugin as an install does; or ask a running plugin whether its other side answers',
  takes: 1,
  lastIsOptional: true,
  run: async (run) => {
    const [target = '.'] = run.arguments;
    if (isFolder(target)) return hand(tool, ['check'], resolve(target));
    const check = await run.crisol().plugins.check(target, { signal: run.signal });
    run.output.result(check, () => `${check.ok ? 'It answers' : 'It does not answer'}: ${check.message}`);
    if (!check.ok) throw new ExitError(exitCodes.error, '');
  },
};

const packPlugin: Command = {
  name: 'plugin pack',
  synopsis: '[FOLDER]',
  summary: 'Check the folder of a plugin and pack it as a .tgz that can be installed',
  takes: 1,
  lastIsOptional: true,
  run: (run) => hand(tool, ['pack'], folderOf(run)),
};

/** For those who write plugins. */
export const authorCommands: readonly Command[] = [newPlugin, checkPlugin, packPlugin];
