import { Crisol } from '@crisol/client';
import { commands } from './commands.js';
import { textOption, type Run, type World } from './command.js';
import { printingFetch } from './curl.js';
import { describeError, exitCodeOf, ExitError, exitCodes, UsageError } from './exit-codes.js';
import { Output } from './output.js';
import { commandHelp, overview, parseCommand, type Parsed } from './parse-command.js';

/** One run of the command line; gives its exit code. */
export async function runCli(argv: readonly string[], world: World): Promise<number> {
  const plain = new Output(world.stdout, world.stderr, { json: false, quiet: false, color: false });
  try {
    const parsed = parseCommand(commands, argv);
    const { command, values } = parsed;
    if (!command || values['help'] === true) {
      plain.result(null, () => (command ? commandHelp(command) : overview(commands, parsed.arguments[0])));
      return exitCodes.ok;
    }
    await command.run(makeRun(world, parsed));
    return exitCodes.ok;
  } catch (error) {
    const code = exitCodeOf(error);
    if (code !== exitCodes.ok)
      plain.failure(code === exitCodes.timedOut && !(error instanceof ExitError) ? 'The time is up.' : describeError(error));
    return code;
  }
}

function makeRun(world: World, { arguments: args, values }: Parsed): Run {
  const { environment } = world;
  const url = textOption(values, 'url') ?? environment['CRISOL_URL'] ?? `http://127.0.0.1:${environment['CRISOL_PORT'] ?? 7070}`;
  const isPiped = world.stdout.isTTY !== true;
  const output = new Output(world.stdout, world.stderr, {
    json: values['json'] === true,
    quiet: values['quiet'] === true,
    color: !isPiped && environment['NO_COLOR'] === undefined,
  });
  let client: Crisol | undefined;
  const connect = (): Crisol => {
    if (!URL.canParse(url)) throw new UsageError(`--url is not an address: ${url} (else CRISOL_URL, CRISOL_PORT)`);
    const apiKey = textOption(values, 'key') ?? environment['CRISOL_API_KEY'];
    const isCurl = values['curl'] === true;
    if (!apiKey && !isCurl)
      throw new ExitError(
        exitCodes.notAuthorised,
        'Set CRISOL_API_KEY or give --key. On the machine, crisol keys create --bootstrap makes one.\n  not_authenticated',
      );
    const fetch = isCurl ? printingFetch((line) => output.line(line, line), args[0]) : world.fetch;
    // With --curl a key that is not there still shows where it goes.
    return new Crisol({ url, apiKey: apiKey ?? 'CRISOL_API_KEY', ...(fetch ? { fetch } : {}) });
  };
  return {
    world,
    output,
    signal: world.signal,
    crisol: () => (client ??= connect()),
    url: url.replace(/\/+$/, ''),
    arguments: args,
    values,
  };
}
