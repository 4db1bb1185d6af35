import { isPluginError } from '@crisol/plugin-api';
import { readRows } from './read-rows.js';
import type { FromReader, ToReader } from './reader-messages.js';

// A terminal's interrupt goes to the whole group; the server decides when a reader ends.
process.on('SIGINT', () => undefined);
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));

const answer = (message: FromReader): void => void process.send?.(message);

process.on('message', (message: ToReader) => {
  readRows(message.task).then(
    (found) => answer({ id: message.id, answer: found }),
    (error: unknown) =>
      answer({
        id: message.id,
        ...(isPluginError(error) ? { refusal: error.message } : { fault: error instanceof Error ? error.message : String(error) }),
      }),
  );
});
