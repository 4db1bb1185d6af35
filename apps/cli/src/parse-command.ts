import { parseArgs, type ParseArgsConfig } from 'node:util';
import type { Command, OptionValues } from './command.js';
import { UsageError } from './exit-codes.js';

export const globalOptions = {
  url: { type: 'string' },
  key: { type: 'string' },
  json: { type: 'boolean' },
  quiet: { type: 'boolean', short: 'q' },
  curl: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const satisfies ParseArgsConfig['options'];

export interface Parsed {
  /** Undefined for the overview. */
  readonly command: Command | undefined;
  readonly arguments: readonly string[];
  readonly values: OptionValues;
}

/**
 * Finds the command and reads its options strictly. Options may stand anywhere.
 * @throws UsageError
 */
export function parseCommand(commands: readonly Command[], argv: readonly string[]): Parsed {
  // First with the options of all commands, to know which words are values; then with the command's own alone.
  const all = Object.assign({}, ...commands.map((command) => command.options ?? {}), globalOptions);
  const loose = parseArgs({ args: [...argv], options: all, allowPositionals: true, strict: false });
  const words = loose.positionals;
  const command = commands.find((one) => one.name === words.slice(0, 2).join(' ')) ?? commands.find((one) => one.name === words[0]);
  if (!command) {
    const group = commands.filter((one) => one.name.startsWith(`${words[0] ?? ''} `));
    if (words.length > 0 && group.length > 0 && loose.values['help'] !== true)
      throw new UsageError(`crisol ${words[0] ?? ''} is followed by ${group.map((one) => one.name.split(' ')[1]).join(', ')}.`);
    if (words.length > 0 && group.length === 0) throw new UsageError(`There is no command "${words.join(' ')}". crisol --help lists them.`);
    return { command: undefined, arguments: words, values: loose.values };
  }
  const { values, positionals } = parseStrictly(command, argv);
  const rest = positionals.slice(command.name.split(' ').length);
  const least = command.lastIsOptional ? command.takes - 1 : command.takes;
  if (values['help'] !== true && (rest.length < least || rest.length > command.takes)) {
    const wrong = rest.length < least ? 'An argument is missing.' : `"${rest.slice(command.takes).join(' ')}" is too much.`;
    throw new UsageError(`${wrong}\nusage: crisol ${command.name} ${command.synopsis}`.trimEnd());
  }
  return { command, arguments: rest, values };
}

function parseStrictly(command: Command, argv: readonly string[]): { values: OptionValues; positionals: readonly string[] } {
  const options = { ...command.options, ...globalOptions };
  try {
    return parseArgs({ args: [...argv], options, allowPositionals: true, strict: true });
  } catch (error) {
    if (typeof error !== 'object' || error === null || !('code' in error) || !('message' in error)) throw error;
    throw new UsageError(String(error.message), { cause: error });
  }
}

const globalHelp = [
  'Everywhere:',
  '  --url URL    the server (CRISOL_URL, else http://127.0.0.1:CRISOL_PORT, 7070)',
  '  --key KEY    the API key (CRISOL_API_KEY)',
  '  --json       print JSON',
  '  --quiet, -q  print the result alone',
  '  --curl       print the (first) call for a shell instead of making it',
  '  --help, -h   this help',
].join('\n');

export function overview(commands: readonly Command[], group?: string): string {
  const shown = group === undefined ? commands : commands.filter((one) => one.name.startsWith(`${group} `));
  const width = Math.max(...shown.map((one) => one.name.length));
  return [
    'usage: crisol COMMAND …',
    '',
    ...shown.map((one) => `  ${one.name.padEnd(width)}  ${one.summary}`),
    '',
    globalHelp,
    '',
    'Exit codes: 0 ok, 1 error, 2 usage, 3 not authorised, 4 not found, 5 conflict, 6 job failed, 124 timed out',
  ].join('\n');
}

export function commandHelp(command: Command): string {
  const own = command.help ? ['', ...command.help.map((line) => `  ${line}`)] : [];
  return [`usage: crisol ${command.name} ${command.synopsis}`.trimEnd(), '', command.summary, ...own, '', globalHelp].join('\n');
}
