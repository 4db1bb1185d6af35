// Dies as a native crash does: without a word.
export function run() {
  process.kill(process.pid, 'SIGSEGV');
  return new Promise(() => undefined);
}
