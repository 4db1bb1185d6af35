// Computes without ever letting go of its thread.
export function run(_prepared, context) {
  context.log('info', 'started');
  setImmediate(() => {
    for (;;);
  });
  return new Promise(() => undefined);
}
