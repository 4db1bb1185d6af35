import { runProgram } from './run-program.js';
import { watchParent } from './parent-watch.js';

// A terminal's interrupt goes to the whole group; the worker decides when a child ends.
process.on('SIGINT', () => undefined);
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
watchParent();
runProgram(process);
