import 'reflect-metadata';
import { parseArgs } from 'node:util';
import { ConfigError, loadConfig } from './platform/config/load-config.js';
import { StartFailure } from './platform/database/start-failure.js';
import { runServer } from './run-server.js';

try {
  const { values } = parseArgs({ options: { role: { type: 'string', default: 'all' } } });
  const { role } = values;
  if (role !== 'all' && role !== 'api' && role !== 'worker') throw new ConfigError(`--role is all, api or worker, not ${role}.`);
  await runServer(loadConfig({ role }));
} catch (error) {
  const planned =
    error instanceof ConfigError ||
    error instanceof StartFailure ||
    (error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS'));
  process.stderr.write(
    `${planned && error instanceof Error ? error.message : `Crisol could not start: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`}\n`,
  );
  process.exit(planned ? 2 : 1);
}
