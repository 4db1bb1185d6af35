// Waits for the end of the world or for an abort.
export function run(_prepared, { signal, log }) {
  log('info', 'started');
  return new Promise((_resolve, reject) => {
    const timer = setInterval(() => undefined, 1_000);
    signal.addEventListener('abort', () => {
      clearInterval(timer);
      reject(signal.reason);
    });
  });
}
